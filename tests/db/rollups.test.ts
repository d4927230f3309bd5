import { mkdirSync } from 'node:fs'
import { eq, sql } from 'drizzle-orm'
import fc from 'fast-check'
import { beforeAll, expect, test } from 'vitest'
import { beads, endChanges, evaluations, pullRequests, rollups, runEnds, runs, turns } from '@/drizzle/schema'
import { evaluate } from '@/lib/core/evaluation'
import { categoryOf, type FlowStep } from '@/lib/core/flow'
import type { Outcome } from '@/lib/core/outcome'
import type { RunStatus } from '@/lib/core/status'
import { allRows } from '@/lib/db/client'
import { newId } from '@/lib/db/ids'
import { transition } from '@/lib/db/transition'
import type { ServiceContext } from '@/lib/services/context'
import { ingestRun } from '@/lib/services/runs/ingest'
import { signalRun } from '@/lib/services/runs/signal'
import { startRun } from '@/lib/services/runs/start'
import { describeDatabases } from '../support/database'
import { recount, type Sums } from '../support/recount'
import { contextOf, user } from '../support/services'

const ends = ['succeeded', 'failed', 'aborted', 'cancelled'] as const
const facts = {
  testsPassed: true,
  newLintFindings: 1,
  newTypeErrors: 0,
  reviewWarnings: 2,
  reviewBlocking: 0,
  testsAdded: 1,
  testsWeakened: 0,
  coverageDelta: null,
  coveragePercent: 71,
  linesAdded: 12,
  linesRemoved: 3,
  filesChanged: 2,
  longestLine: 90,
  deepestNesting: 3,
}

const review = (decision: 'approve' | 'request_changes', confidence: number): Outcome => ({
  kind: 'reviewed',
  review: { decision, confidence, comments: [], summary: 'So it is.' },
})
const bead = fc.record({
  what: fc.constantFrom<readonly [FlowStep, Outcome | null]>(
    ['planner', { kind: 'planned', tasks: [], confidence: 0.72, blockers: [] }],
    ['coder', { kind: 'done' }],
    ['coder', { kind: 'needs_scope', files: ['a'], reason: 'x' }],
    ['coder', { kind: 'stuck', reason: 'x' }],
    ['reviewer', review('request_changes', 0.31)],
    ['reviewer', review('approve', 0.94)],
    ['reviewer', review('approve', 1)],
    ['tester', { kind: 'tests_failed', failing: [], reason: 'x' }],
    ['tester', { kind: 'coverage_low', percent: 1, threshold: 2 }],
    ['gate:pre-merge-main', { kind: 'approved' }],
    ['gate:pre-merge-main', { kind: 'adopted', headSha: 'a' }],
    ['merge', { kind: 'evidence_changed', reason: 'x' }],
    ['merge', null],
  ),
  seconds: fc.integer({ min: 0, max: 200_000 }),
  micros: fc.constantFrom(0, 1, 12_345, 4_000_000),
  model: fc.constantFrom('small', 'large'),
  inherited: fc.boolean(),
  confidence: fc.constantFrom(undefined, 0, 0.55, 7, 'high'),
})
const ended = fc.record({
  kind: fc.constant('end' as const),
  status: fc.constantFrom(...ends),
  repository: fc.nat(1),
  daysAgo: fc.nat(40),
  beads: fc.array(bead, { maxLength: 6 }),
  merged: fc.boolean(),
  scored: fc.boolean(),
  extra: fc.constantFrom(0, 777),
})
const step = fc.oneof(
  { arbitrary: ended, weight: 4 },
  { arbitrary: fc.record({ kind: fc.constant('reopen' as const), pick: fc.nat(1_000) }), weight: 2 },
  { arbitrary: fc.record({ kind: fc.constant('end again' as const), pick: fc.nat(1_000) }), weight: 1 },
  { arbitrary: fc.record({ kind: fc.constant('fold' as const) }), weight: 1 },
  {
    arbitrary: fc.record({
      kind: fc.constant('log' as const),
      id: fc.nat(3),
      status: fc.constantFrom('completed', 'failed', 'running'),
      costUsd: fc.constantFrom(0, 0.5),
    }),
    weight: 1,
  },
)
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never

describeDatabases((open) => {
  let ctx: ServiceContext
  const known: string[] = []

  beforeAll(async () => {
    ctx = contextOf(await open())
    for (const name of ['r0', 'r1']) mkdirSync(`${ctx.home}/${name}`)
  })

  const move = (run: string, from: RunStatus, to: RunStatus) =>
    ctx.db.transaction(async (tx) => {
      const [row] = await tx.select().from(runs).where(eq(runs.id, run))
      if (!row?.state) throw new Error('the run has no state')
      const error = to === 'failed' ? { code: 'model_error', message: 'x', step: 'coder' } : null
      const state = { ...row.state, status: to, error }
      await transition(tx, {
        runId: run,
        from,
        to: state,
        actor: user('owner'),
        action: 'test',
        data: {},
        due: null,
      })
    })

  async function endRun(of: Extract<Step, { kind: 'end' }>): Promise<void> {
    const { id: run } = await startRun({
      ctx,
      input: { repository: `${ctx.home}/r${of.repository}`, task: 'Mend it' },
    })
    const at = new Date(Date.now() - of.daysAgo * 86_400_000)
    await ctx.db
      .update(runs)
      .set({ createdAt: at, score: of.scored ? 80 : null })
      .where(eq(runs.id, run))
    await move(run, 'queued', 'running')
    let begun = at.getTime()
    let cost = of.extra
    for (const [index, one] of of.beads.entries()) {
      const [name, outcome] = one.what
      const id = newId()
      const startedAt = new Date(begun)
      begun += one.seconds * 1_000
      const inherited = one.inherited ? { bead: id, micros: 5 } : null
      const micros = one.inherited ? 0 : one.micros
      cost += micros
      const times = { startedAt, endedAt: new Date(begun) }
      await ctx.db.insert(beads).values({
        id,
        runId: run,
        seq: index + 1,
        step: name,
        name,
        category: categoryOf(name),
        status: 'completed',
        outcome,
        summary: one.confidence === undefined ? {} : { confidence: one.confidence },
        inherited: inherited as never,
        costMicros: micros,
        ...times,
      })
      if (categoryOf(name) !== 'agent') continue
      await ctx.db.insert(turns).values({
        id: newId(),
        runId: run,
        beadId: id,
        seq: 1,
        prompt: name,
        promptVersion: one.model === 'small' ? '1' : '2',
        promptHash: 'x',
        model: one.model,
        request: '',
        toolCalls: [],
        finish: 'stop',
        usage: { inputTokens: 1, outputTokens: 1, cachedInputTokens: 0, estimated: false },
        costMicros: micros,
        inheritedMicros: one.inherited ? 5 : null,
        ...times,
      })
    }
    if (of.scored) {
      const scored = evaluate(facts)
      await ctx.db.insert(evaluations).values({ id: newId(), runId: run, headSha: 'a', ...scored })
    }
    if (of.merged) await insertMerge(run, new Date(begun))
    await ctx.db.update(runs).set({ costMicros: cost }).where(eq(runs.id, run))
    await move(run, 'running', of.status)
    known.push(run)
  }

  async function insertMerge(run: string, mergedAt: Date): Promise<void> {
    const [row] = await ctx.db.select().from(runs).where(eq(runs.id, run))
    await ctx.db.insert(pullRequests).values({
      id: newId(),
      repositoryId: row?.repositoryId ?? '',
      runId: run,
      key: run,
      number: known.length + 1,
      url: 'x',
      title: 'x',
      body: 'x',
      branch: 'x',
      target: 'main',
      headSha: 'a',
      state: 'merged',
      mergedAt,
    })
  }

  const statusOf = async (run: string) =>
    (await ctx.db.select({ status: runs.status }).from(runs).where(eq(runs.id, run)))[0]?.status

  async function take(one: Step): Promise<void> {
    const run = 'pick' in one ? known[one.pick % Math.max(1, known.length)] : undefined
    if (one.kind === 'end') await endRun(one)
    else if (one.kind === 'fold') await ctx.db.execute(sql`select devpilot_fold_counts()`)
    else if (one.kind === 'log')
      await ingestRun({
        ctx,
        input: {
          id: `log-${one.id}`,
          repository: `${ctx.home}/r0`,
          task: 'Elsewhere',
          status: one.status as 'completed',
          costUsd: one.costUsd,
          startedAt: '2026-10-01T10:00:00.000Z',
          ...(one.status === 'running' ? {} : { endedAt: '2026-10-01T11:00:00.000Z' }),
        },
      })
    else if (run === undefined) return
    else if (one.kind === 'reopen') {
      if (!['failed', 'aborted', 'cancelled'].includes((await statusOf(run)) ?? '')) return
      await signalRun({ ctx, input: { kind: 'retry', run } })
      // The record moves on under it: what is taken back must be what was counted.
      await ctx.db
        .update(runs)
        .set({ costMicros: sql`${runs.costMicros} + 11`, score: 55 })
        .where(eq(runs.id, run))
    } else if ((await statusOf(run)) === 'running') await move(run, 'running', 'cancelled')
  }

  /** Days, and months by their days' sums, with what is not folded yet. */
  async function kept(grain: 'day' | 'month'): Promise<Sums> {
    const day = grain === 'day' ? sql`day` : sql`date_trunc('month', day)::date`
    const result = await ctx.db.execute(sql`
      select scope, day::text, metric, key, sum(n)::text as n, sum(total)::text as total from (
        select scope, day, metric, key, n, total from ${rollups} where grain = ${grain}
        union all
        select s.id, ${day}, f->>0, f->>1, (f->>2)::bigint * "by", (f->>3)::bigint * "by" from ${endChanges},
          jsonb_array_elements(facts) f, lateral (values (repository_id), (${'00000000-0000-0000-0000-000000000000'}::uuid)) s(id)
      ) x group by 1, 2, 3, 4 having sum(n) <> 0 or sum(total) <> 0`)
    return new Map(
      allRows(result).map((row) => [
        [row.scope, row.day, row.metric, row.key].join('|'),
        `${row.n}:${row.total}`,
      ]),
    )
  }

  test('rollups are what a recount of the record gives, after any ends and reopenings', {
    timeout: 240_000,
  }, async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 6, maxLength: 14 }), async (steps) => {
        for (const one of steps) await take(one)
        const recounted = await recount(ctx.db)
        expect(await kept('day')).toEqual(recounted)
        const months = new Map<string, [number, number]>()
        for (const [name, sums] of recounted) {
          const month = name.replace(/\|(\d{4}-\d\d)-\d\d\|/, '|$1-01|')
          const [n = 0, total = 0] = sums.split(':').map(Number)
          const [had, sum] = months.get(month) ?? [0, 0]
          months.set(month, [had + n, sum + total])
        }
        expect(await kept('month')).toEqual(
          new Map([...months].map(([name, [n, total]]) => [name, `${n}:${total}`])),
        )
      }),
      { numRuns: 6, endOnFailure: true },
    )
  })

  test('a second count of the same end adds nothing', async () => {
    await endRun({
      kind: 'end',
      status: 'succeeded',
      repository: 0,
      daysAgo: 0,
      beads: [],
      merged: false,
      scored: false,
      extra: 0,
    })
    const before = await kept('day')
    await ctx.db.execute(
      sql`select devpilot_keep_ends(array(select id from agent_runs where status = 'succeeded'))`,
    )
    expect(await kept('day')).toEqual(before)
  })

  test('ends at once in one repository on one day all count, and wait for nobody', async () => {
    const before = await ctx.db.$count(runEnds)
    const shape = { repository: 0, daysAgo: 0, beads: [], merged: false, scored: false, extra: 777 } as const
    await Promise.all(
      Array.from({ length: 70 }, (_, i) =>
        endRun({ kind: 'end', status: ends[i % 4] ?? 'failed', ...shape, beads: [] }),
      ),
    )
    expect(await ctx.db.$count(runEnds)).toBe(before + 70)
    expect(await kept('day')).toEqual(await recount(ctx.db))
    // Folded on the way, without anybody asking.
    expect(await ctx.db.$count(endChanges)).toBeLessThan(70)
  })
})
