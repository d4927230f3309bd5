import { asc, eq } from 'drizzle-orm'
import { z } from 'zod'
import { beads, runEvents, runs, turns } from '@/drizzle/schema'
import type { Db } from '@/lib/db/client'
import type { Answer, WorldReady } from './messages'
import { MICROS_AN_ANSWER } from './script'
import { branchOf } from './tiny-bench'

/** A worker that was stopped by us, and the runs that it had. */
export interface Death {
  readonly how: 'kill' | 'stop'
  /** Milliseconds since 1970; bench and database are on one machine. */
  readonly at: number
  readonly runs: ReadonlySet<string>
}

export interface Figures {
  readonly byStatus: Readonly<Record<string, number>>
  /** Accepted, and not there or not succeeded in the end. */
  readonly lost: number
  /** What each of these says of its end: the step, and the error in words. */
  readonly whyLost: readonly string[]
  readonly doubled: readonly string[]
  readonly effects: Readonly<Record<string, number>>
  readonly answers: number
  readonly paidTwice: readonly string[]
  /** Paid, and never kept: their worker was dead or had lost the run. */
  readonly lostInFlight: number
  /** Runs on whose record is less money than was charged. */
  readonly underCounted: number
  /** From a death to the next progress of each run that the dead worker had. */
  readonly resumed: Readonly<Record<Death['how'], Resumption>>
}

export interface Resumption {
  /** Milliseconds, of runs that were let go on. */
  readonly ms: readonly number[]
  /** Runs that were hit again before they had come any further: theirs is counted from the later hit. */
  readonly again: number
}

export interface Counted {
  readonly db: Db
  readonly world: WorldReady
  readonly accepted: readonly string[]
  readonly answers: readonly Answer[]
  readonly deaths: readonly Death[]
  /** When the database began to restart, in milliseconds since 1970. */
  readonly outages: readonly number[]
}

/** Everything that is counted, from the places that do not know of each other: database, forge, model. */
export async function count({ db, world, accepted, answers, deaths, outages }: Counted): Promise<Figures> {
  const rows = await db.select().from(runs)
  const byStatus: Record<string, number> = {}
  for (const { status } of rows) byStatus[status] = (byStatus[status] ?? 0) + 1
  const good = new Set(rows.filter(({ status }) => status === 'succeeded').map(({ id }) => id))
  const made = await effectsOf(world, accepted)
  return {
    byStatus,
    lost: accepted.filter((id) => !good.has(id)).length,
    whyLost: rows
      .filter(({ id, status }) => accepted.includes(id) && status !== 'succeeded')
      .map(({ status, step, state }) => `${status} at ${step}: ${JSON.stringify(state?.error)}`),
    ...made,
    ...(await money(db, answers)),
    resumed: await resumption(db, deaths, outages),
  }
}

/**
 * An answer is paid twice when the same turn of the same step was asked again after an answer to it was kept. One
 * that was never kept was lost with its worker: it was under way when that died, or its worker was no longer the
 * holder of the run when it came.
 */
async function money(
  db: Db,
  answers: readonly Answer[],
): Promise<Pick<Figures, 'answers' | 'paidTwice' | 'lostInFlight' | 'underCounted'>> {
  const kept = await db
    .select({ run: turns.runId, step: beads.step, seq: turns.seq, content: turns.content })
    .from(turns)
    .innerJoin(beads, eq(beads.id, turns.beadId))
  const keptIds = new Map<string, number[]>()
  for (const { run, step, seq, content } of kept) {
    const key = `${run} ${step} ${seq}`
    keptIds.set(key, [...(keptIds.get(key) ?? []), Number(content?.split(' ')[1])])
  }
  const paidTwice: string[] = []
  let lostInFlight = 0
  for (const answer of answers) {
    const key = `${answer.run} ${answer.step} ${answer.turn}`
    const ids = keptIds.get(key) ?? []
    const [first] = ids
    const keeper = answers.find(({ id }) => id === first)
    if (ids.slice(1).includes(answer.id)) paidTwice.push(key)
    else if (answer.id !== first) {
      // A worker with an older hold on the run could not know; one with the same or a newer hold could.
      if (keeper && answer.at > keeper.at && answer.token >= keeper.token) paidTwice.push(key)
      else lostInFlight += 1
    }
  }
  const charged = new Map<string, number>()
  for (const { run } of answers) charged.set(run, (charged.get(run) ?? 0) + MICROS_AN_ANSWER)
  const costs = await db.select({ id: runs.id, costMicros: runs.costMicros }).from(runs)
  const underCounted = costs.filter(({ id, costMicros }) => costMicros < (charged.get(id) ?? 0)).length
  return { answers: answers.length, paidTwice, lostInFlight, underCounted }
}

async function resumption(
  db: Db,
  deaths: readonly Death[],
  outages: readonly number[],
): Promise<Figures['resumed']> {
  const events = new Map<string, number[]>()
  for (const { run, at } of await db
    .select({ run: runEvents.runId, at: runEvents.at })
    .from(runEvents)
    .orderBy(asc(runEvents.id)))
    events.set(run, [...(events.get(run) ?? []), at.getTime()])
  const of = (wanted: Death['how']): Resumption => {
    const ms: number[] = []
    let again = 0
    for (const { at, runs: had } of deaths.filter(({ how }) => how === wanted)) {
      for (const run of had) {
        const next = (events.get(run) ?? []).find((when) => when > at)
        const until = next ?? Number.POSITIVE_INFINITY
        const isLater = (when: number) => when > at && when < until
        const hit = deaths.some((other) => isLater(other.at) && other.runs.has(run))
        if (hit || outages.some(isLater)) again += 1
        else if (next !== undefined) ms.push(next - at)
      }
    }
    return { ms, again }
  }
  return { kill: of('kill'), stop: of('stop') }
}

const pullSchema = z.object({
  number: z.number(),
  merged_at: z.string().nullable().optional(),
  head: z.object({ ref: z.string(), sha: z.string() }),
  base: z.object({ ref: z.string() }),
  labels: z.array(z.object({ name: z.string() })).default([]),
})
const bodySchema = z.object({ body: z.string().nullable() })
const commitSchema = z.object({ commit: z.object({ message: z.string() }) })
const checkSchema = z.object({ state: z.string(), description: z.string().nullable().optional() })

/** What stands on the forge, and what of it stands there more than once. */
async function effectsOf(
  world: WorldReady,
  accepted: readonly string[],
): Promise<Pick<Figures, 'doubled' | 'effects'>> {
  const list = async <T>(path: string, schema: z.ZodType<T>): Promise<T[]> => {
    const found: T[] = []
    for (let page = 1; ; page += 1) {
      const sign = path.includes('?') ? '&' : '?'
      const answer = await fetch(`${world.github}/repos/acme/shop/${path}${sign}per_page=100&page=${page}`, {
        headers: { authorization: `Bearer ${world.token}` },
      })
      if (!answer.ok) return found
      const items = z.array(schema).parse(await answer.json())
      found.push(...items)
      if (items.length < 100) return found
    }
  }
  const doubled: string[] = []
  const effects: Record<string, number> = {}
  const tell = (kind: string, names: readonly string[], where: string) => {
    effects[kind] = (effects[kind] ?? 0) + names.length
    for (const [i, name] of names.entries())
      if (names.indexOf(name) !== i) doubled.push(`${kind} ${where}: ${name}`)
  }
  const pulls = await list('pulls?state=all', pullSchema)
  tell(
    'pull request',
    pulls.map((pull) => pull.head.ref),
    'of one branch',
  )
  for (const run of accepted) {
    const pull = pulls.find(({ head }) => head.ref === branchOf({ id: run }))
    if (!pull) continue
    const where = `of pull request ${pull.number}`
    const said = [
      ...(await list(`issues/${pull.number}/comments`, bodySchema)),
      ...(await list(`pulls/${pull.number}/comments`, bodySchema)),
    ]
    tell(
      'comment',
      said.map(({ body }) => keyIn(body)),
      where,
    )
    tell(
      'label',
      pull.labels.map(({ name }) => name),
      where,
    )
    const merges = (await list(`commits?sha=${pull.base.ref}`, commitSchema)).filter(({ commit }) =>
      commit.message.includes('DevPilot-Key'),
    )
    tell(
      'merge',
      merges.map(({ commit }) => /DevPilot-Key: (\S+)/.exec(commit.message)?.[1] ?? ''),
      where,
    )
    const checks = await list(`commits/${pull.head.sha}/statuses`, checkSchema)
    tell(
      'check',
      checks.map(({ state, description }) => `${state} ${description}`),
      where,
    )
  }
  return { doubled, effects }
}

/** The key that DevPilot hides in what it writes; without one, the text itself. */
function keyIn(body: string | null): string {
  return /devpilot:key=(\S+)/.exec(body ?? '')?.[1] ?? String(body)
}
