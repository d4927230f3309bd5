import { asc, eq } from 'drizzle-orm'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { auditLog, beads, gates, runEvents, turns } from '@/drizzle/schema'
import type { FlowStep } from '@/lib/core/flow'
import type { Outcome } from '@/lib/core/outcome'
import type { Db } from '@/lib/db/client'
import type { StepRunner } from '@/lib/engine/engine'
import { verifyAudit } from '@/lib/services/audit/verify'
import { decideGate } from '@/lib/services/gates/decide'
import { describePostgres, type Open } from '../support/database'
import { lookTwice, scriptedCoder } from '../support/scripted-coder'
import { drain, engineOf, goOn, runRow, scriptedRunner } from '../support/scripted-engine'
import { scriptedModel } from '../support/scripted-model'
import { contextOf, someRun } from '../support/services'
import { haveTemporal, startTemporal, type TemporalServer } from '../support/temporal'
import { drivenByTemporal } from '../support/temporal-engine'
import { gatePolicy, someComment, someReview } from '../support/walk'

const flow: readonly FlowStep[] = [
  'prepare',
  'planner',
  'coder',
  'reviewer',
  'tester',
  'gate:pre-merge-main',
  'merge',
]

type Drive = (db: Db, runner: StepRunner) => Promise<void>

/** One run: the reviewer sends the change back once, the tester's first try meets a passing error, a person approves. */
async function oneRun(open: Open, drive: Drive) {
  const ctx = contextOf(await open())
  const run = await someRun(ctx)
  const model = scriptedModel([...lookTwice, ...lookTwice], { input: 3, cachedInput: 1, output: 15 })
  const reviews: Outcome[] = [
    { kind: 'reviewed', review: someReview({ decision: 'request_changes', comments: [someComment()] }) },
  ]
  const tests: Outcome[] = [{ kind: 'error', transient: true, code: 'model_error', message: 'busy' }]
  const runner = scriptedRunner(ctx.db, async (work, record) => {
    const limits = { gates: [gatePolicy('pre-merge-main')] }
    if (work.bead.step === 'coder') return scriptedCoder(work, record, model)
    if (work.bead.step === 'reviewer') return reviews.shift() ?? goOn(work, flow, limits)
    if (work.bead.step === 'tester') return tests.shift() ?? goOn(work, flow, limits)
    return goOn(work, flow, limits)
  })
  await drive(ctx.db, runner)
  const [gate] = await ctx.db.select().from(gates).where(eq(gates.runId, run))
  if (!gate) throw new Error('no gate was opened')
  await decideGate({ ctx, input: { gate: gate.id, decision: 'approve', evidence: gate.evidenceHash } })
  await drive(ctx.db, runner)
  expect(await verifyAudit({ ctx, input: { run } })).toMatchObject({ ok: true })
  expect(model.requests).toHaveLength(6)
  return { of: await recordOf(ctx.db, run), requests: model.requests }
}

/** Everything that is kept of a run, without ids and times. */
async function recordOf(db: Db, run: string) {
  const {
    status,
    step,
    state,
    ending,
    score,
    costMicros,
    inputTokens,
    outputTokens,
    turns: count,
  } = await runRow(db, run)
  const beadRows = await db.select().from(beads).where(eq(beads.runId, run)).orderBy(asc(beads.seq))
  const turnRows = await db
    .select()
    .from(turns)
    .where(eq(turns.runId, run))
    .orderBy(asc(turns.startedAt), asc(turns.seq))
  const said = await db.select().from(auditLog).where(eq(auditLog.runId, run)).orderBy(asc(auditLog.seq))
  const told = await db.select().from(runEvents).where(eq(runEvents.runId, run)).orderBy(asc(runEvents.id))
  const plain = {
    run: { status, step, state, ending, score, costMicros, inputTokens, outputTokens, count },
    beads: beadRows.map(({ id: _id, runId: _run, startedAt: _s, endedAt, ...bead }) => ({
      ...bead,
      ended: !!endedAt,
    })),
    turns: turnRows.map(
      ({ id: _id, runId: _run, beadId: _bead, startedAt: _s, endedAt: _e, ...turn }) => turn,
    ),
    audit: said.map(({ action, actor, data }) => ({ action, actor, data })),
    events: told.map(({ kind, data }) => ({ kind, data })),
  }
  const text = JSON.stringify(plain, (key, value: unknown) =>
    /^(?:durationMs|duration_ms)$/.test(key) ? 0 : value,
  )
  const ids =
    /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}|repository-\w{6}|devpilot-test-\w{6}/g
  return JSON.parse(text.replace(ids, 'id')) as typeof plain
}

describe.skipIf(!haveTemporal())('both engines', () => {
  let server: TemporalServer
  beforeAll(async () => {
    server = await startTemporal()
  })
  afterAll(() => server.stop())
  describePostgres((open) => {
    test('leave the same beads, turns, audit, events and result', async () => {
      const one = await oneRun(open, async (db, runner) => {
        await drain(engineOf(db, runner))
      })
      const other = await oneRun(open, async (db, runner) => {
        const driven = await drivenByTemporal(db, runner, { address: server.address, taskQueue: 'equal' })
        await driven.quiet()
        await driven.stop()
      })
      expect(one.of.run).toMatchObject({ status: 'succeeded', count: 6 })
      expect(one.of.beads.map(({ step }) => step)).toEqual([
        'prepare',
        'planner',
        'coder',
        'reviewer',
        'coder',
        'reviewer',
        'tester',
        'gate:pre-merge-main',
        'merge',
      ])
      expect(other.of).toEqual(one.of)
      expect(other.requests).toEqual(one.requests)
    }, 120_000)
  })
})
