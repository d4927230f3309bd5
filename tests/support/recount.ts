import { auditLog, beads, evaluations, pullRequests, type repositories, runs, turns } from '@/drizzle/schema'
import { isEnded } from '@/lib/core/status'
import type { Db } from '@/lib/db/client'

/** Sums by `scope|day|metric|key`, as `n:total`. */
export type Sums = Map<string, string>
type Run = typeof runs.$inferSelect
type Bead = typeof beads.$inferSelect
type Fact = readonly [metric: string, key: string, n: number, total: number]

export const ALL: (typeof repositories.$inferSelect)['id'] = '00000000-0000-0000-0000-000000000000'

/** What the record says that ended runs count as, worked out once more and in another way than the database does. */
export async function recount(db: Db): Promise<Sums> {
  const record = {
    beads: await db.select().from(beads),
    turns: await db.select().from(turns),
    merges: await db.select().from(pullRequests),
    evaluations: await db.select().from(evaluations),
    audit: await db.select().from(auditLog),
  }
  const sums = new Map<string, [number, number]>()
  for (const run of await db.select().from(runs)) {
    if (!isEnded(run.status)) continue
    const day = run.createdAt.toISOString().slice(0, 10)
    for (const scope of [ALL, ...(run.repositoryId ? [run.repositoryId] : [])]) {
      for (const [metric, key, n, total] of factsOf(run, record)) {
        const name = [scope, day, metric, key].join('|')
        const [had, sum] = sums.get(name) ?? [0, 0]
        sums.set(name, [had + n, sum + total])
      }
    }
  }
  return new Map([...sums].map(([name, [n, total]]) => [name, `${n}:${total}`]))
}

interface Record_ {
  readonly beads: readonly Bead[]
  readonly turns: readonly (typeof turns.$inferSelect)[]
  readonly merges: readonly (typeof pullRequests.$inferSelect)[]
  readonly evaluations: readonly (typeof evaluations.$inferSelect)[]
  readonly audit: readonly (typeof auditLog.$inferSelect)[]
}

function factsOf(run: Run, record: Record_): Fact[] {
  const of = <T extends { readonly runId: string | null }>(rows: readonly T[]) =>
    rows.filter(({ runId }) => runId === run.id)
  const own = of(record.beads)
    .filter((bead) => bead.startedAt !== null && bead.inherited === null)
    .sort((a, b) => a.seq - b.seq)
  const won = run.status === 'succeeded' ? 1 : 0
  const pipeline = run.source === 'pipeline'
  const mergedAt = of(record.merges).find((one) => one.mergedAt !== null)?.mergedAt ?? null
  const parts = of(record.evaluations)[0]?.parts
  const loops = loopsOf(own)
  const retries = of(record.audit).filter(({ action }) => action === 'run.retried').length
  if (retries > 0) loops.set('retry', retries)
  const times = [...loops.values()].reduce((a, b) => a + b, 0)
  const facts: Fact[] = [['end', run.status, 1, run.costMicros]]
  if (run.repositoryId) facts.push(['repository', run.repositoryId, 1, run.costMicros])
  if (run.score !== null) facts.push(['score', 'score', 1, run.score])
  for (const [name, part] of Object.entries(parts ?? {})) facts.push(['score', name, 1, part.value])
  for (const [name, count] of loops) facts.push(['loop', name, 1, count])
  if (pipeline) {
    facts.push(['loops', String(Math.min(5, times)), 1, won])
    if (!won) facts.push(['stop', stopOf(run, own), 1, run.costMicros])
    facts.push(['learning_success', 'not', 1, won], ['learning_loops', 'not', 1, times])
    if (run.score !== null) facts.push(['learning_score', 'not', 1, run.score])
  }
  const paid = of(record.turns).filter(({ inheritedMicros }) => inheritedMicros === null)
  facts.push(...costsOf(run, own, paid))
  if (mergedAt) facts.push(spread('cycle', seconds(run.createdAt, mergedAt)))
  facts.push(...timesOf(run, own))
  const became = becameOf(run, own, mergedAt !== null)
  for (const [step, value] of confidenceOf(own)) {
    const tenth = Math.min(9, Math.floor(value * 10 + 1e-9))
    facts.push(['confidence', `${step}\t${tenth}\t${became}`, 1, Math.round(value * 1_000)])
  }
  return facts
}

const seconds = (from: Date, to: Date) => Math.max(0, (to.getTime() - from.getTime()) / 1_000)
const spread = (metric: string, s: number): Fact => {
  const bucket = Math.floor((4 * Math.log(Math.max(1, s))) / Math.LN2)
  return [metric, String(bucket).padStart(3, '0'), 1, Math.round(s)]
}

function loopsOf(own: readonly Bead[]): Map<string, number> {
  const loops = new Map<string, number>()
  const names: Readonly<Record<string, string>> = {
    tests_failed: 'tests',
    coverage_low: 'coverage',
    needs_scope: 'scope',
    stuck: 'stuck',
    out_of_iterations: 'stuck',
    exhausted: 'stuck',
    adopted: 'changed',
    evidence_changed: 'changed',
  }
  for (const { outcome } of own) {
    const sentBack = outcome?.kind === 'reviewed' && outcome.review.decision === 'request_changes'
    const name = sentBack ? 'review' : names[outcome?.kind ?? '']
    if (name) loops.set(name, (loops.get(name) ?? 0) + 1)
  }
  return loops
}

function stopOf(run: Run, own: readonly Bead[]): string {
  const last = own.at(-1)
  const error = run.state?.error
  const reason = run.status === 'cancelled' ? 'cancelled' : (error?.code ?? last?.outcome?.kind ?? run.status)
  return [run.status, error?.step ?? last?.step ?? run.step, reason].join('\t')
}

function costsOf(run: Run, own: readonly Bead[], said: Record_['turns']): Fact[] {
  const agents = new Map<string, number>()
  const models = new Map<string, number>()
  const prompts = new Map<string, number>()
  const add = (to: Map<string, number>, key: string, micros: number) =>
    to.set(key, (to.get(key) ?? 0) + micros)
  for (const { step, costMicros } of own) if (costMicros > 0) add(agents, step, costMicros)
  for (const { model, prompt, promptVersion, costMicros } of said) {
    add(models, model, costMicros)
    add(prompts, `${prompt}\t${promptVersion}`, costMicros)
  }
  const rest = (known: Map<string, number>) => run.costMicros - [...known.values()].reduce((a, b) => a + b, 0)
  if (rest(agents) !== 0) agents.set('', rest(agents))
  if (rest(models) !== 0) models.set('', rest(models))
  const won = run.status === 'succeeded' ? 1 : 0
  return [
    ...[...agents].map(([key, micros]): Fact => ['cost_agent', key, 1, micros]),
    ...[...models].map(([key, micros]): Fact => ['cost_model', key, 1, micros]),
    ...[...prompts].map(([key, micros]): Fact => ['cost_prompt', key, 1, micros]),
    ...[...prompts.keys()].map((key): Fact => ['prompt_success', key, 1, won]),
  ]
}

function timesOf(run: Run, own: readonly Bead[]): Fact[] {
  if (own.length === 0) return []
  const ended = run.endedAt ?? run.updatedAt
  let [people, working] = [0, 0]
  for (const bead of own) {
    const lasted = seconds(bead.startedAt ?? ended, bead.endedAt ?? ended)
    if (bead.category === 'gate') people += lasted
    else working += lasted
  }
  const other = Math.max(0, seconds(run.createdAt, ended) - people - working)
  const gates = own.some(({ category }) => category === 'gate')
  return [
    ...(gates ? [spread('wait', people)] : []),
    ['time_people', '', 1, Math.round(people)],
    ['time_working', '', 1, Math.round(working)],
    ['time_other', '', 1, Math.round(other)],
  ]
}

function becameOf(run: Run, own: readonly Bead[], merged: boolean): string {
  if (merged) return own.some(({ outcome }) => outcome?.kind === 'adopted') ? 'edited' : 'merged'
  if (run.status === 'succeeded') return 'unmerged'
  return run.status === 'rejected' || run.status === 'failed' ? run.status : 'stopped'
}

function confidenceOf(own: readonly Bead[]): Map<string, number> {
  const last = new Map<string, number>()
  for (const { step, outcome, summary } of own) {
    const said =
      outcome?.kind === 'reviewed'
        ? outcome.review.confidence
        : outcome?.kind === 'planned'
          ? outcome.confidence
          : summary.confidence
    if (typeof said === 'number') last.set(step, Math.min(1, Math.max(0, said)))
  }
  return last
}
