import { asc, eq, sql } from 'drizzle-orm'
import { beforeAll, describe, expect, test } from 'vitest'
import {
  auditLog,
  beads,
  dailyStats,
  gates,
  jobs,
  runEvents,
  statusChanges,
  statusTotals,
} from '@/drizzle/schema'
import { builtInFlows, completeFlow, type FlowStep } from '@/lib/core/flow'
import type { Outcome } from '@/lib/core/outcome'
import { createStore } from '@/lib/db/store'
import { foldCounts } from '@/lib/db/workers'
import { createEngine } from '@/lib/engine/engine'
import type { Store } from '@/lib/engine/store'
import { AppError, toAppError } from '@/lib/errors'
import { verifyAudit } from '@/lib/services/audit/verify'
import type { ServiceContext } from '@/lib/services/context'
import { decideGate } from '@/lib/services/gates/decide'
import { signalRun } from '@/lib/services/runs/signal'
import { asLogin } from '../support/database'
import { describeEngines } from '../support/engines'
import {
  drain,
  goOn,
  passTime,
  runRow,
  type Script,
  scriptedEngine,
  scriptedRunner,
} from '../support/scripted-engine'
import { contextOf, someRun } from '../support/services'
import { gatePolicy } from '../support/walk'

const short: readonly FlowStep[] = ['prepare', 'coder', 'reviewer']
const gated: readonly FlowStep[] = [
  'prepare',
  'coder',
  'gate:pre-merge-staging',
  'gate:pre-merge-main',
  'merge',
]

describeEngines((open, engine) => {
  let ctx: ServiceContext
  beforeAll(async () => {
    ctx = contextOf(await open())
  })
  const beadsOf = (run: string) =>
    ctx.db.select().from(beads).where(eq(beads.runId, run)).orderBy(asc(beads.seq))
  const script =
    (flow: readonly FlowStep[], at: Partial<Record<string, Outcome | (() => Outcome)>> = {}): Script =>
    (work) => {
      const found = at[work.bead.step]
      return typeof found === 'function' ? found() : (found ?? goOn(work, flow))
    }
  const go = (own: Script, errors: unknown[] = []) =>
    engine.drive(ctx.db, scriptedRunner(ctx.db, own), errors)

  describe('a run', () => {
    test('goes from end to end; every step is a bead, an event and an audit entry', async () => {
      const run = await someRun(ctx)
      const flow = completeFlow(builtInFlows.issue)
      await go(script(flow))
      expect(await runRow(ctx.db, run)).toMatchObject({ status: 'waiting_gate', step: 'gate:pre-merge-main' })
      const [gate] = await ctx.db.select().from(gates).where(eq(gates.runId, run))
      if (!gate) throw new Error('no gate was opened')
      const evidence = gate.evidenceHash
      await decideGate({ ctx, input: { gate: gate.id, decision: 'approve', evidence } })
      await go(script(flow))
      expect(await runRow(ctx.db, run)).toMatchObject({ status: 'succeeded', step: 'end' })
      const rows = await beadsOf(run)
      expect(rows.map(({ step, status }) => `${step} ${status}`)).toEqual(
        flow.map((step) => `${step} ${step === 'gate:pre-merge-staging' ? 'skipped' : 'completed'}`),
      )
      expect(rows.map(({ seq }) => seq)).toEqual(flow.map((_step, i) => i + 1))
      const told = await ctx.db
        .select()
        .from(runEvents)
        .where(eq(runEvents.runId, run))
        .orderBy(asc(runEvents.id))
      const opened = told.find(({ kind, data }) => kind === 'bead' && data.outcome === 'waiting')
      expect(opened?.data.status).toBe('running')
      expect(told.at(-1)?.data).toMatchObject({ status: 'succeeded' })
      const said = await ctx.db
        .select()
        .from(auditLog)
        .where(eq(auditLog.runId, run))
        .orderBy(asc(auditLog.seq))
      expect(said.map(({ action }) => action)).toEqual(
        expect.arrayContaining(['run.started', 'coder.began', 'merge.done']),
      )
      expect(await verifyAudit({ ctx, input: { run } })).toMatchObject({ ok: true, broken: null })
    })

    test('a transient error waits, then the same bead goes on; a lasting one ends it and retry begins there', async () => {
      const run = await someRun(ctx)
      const outcomes: Outcome[] = [
        { kind: 'error', transient: true, code: 'model_error', message: 'busy' },
        { kind: 'error', transient: false, code: 'disk_full', message: 'Full.', mend: 'Free some.' },
        { kind: 'done' },
      ]
      const own = script(short, { coder: () => outcomes.shift() ?? { kind: 'done' } })
      await go(own)
      expect(await runRow(ctx.db, run)).toMatchObject({ status: 'failed', ending: 'Full.' })
      expect((await beadsOf(run)).map(({ step, status }) => [step, status])).toEqual([
        ['prepare', 'completed'],
        ['coder', 'failed'],
      ])
      const error = { code: 'disk_full', message: 'Full.', mend: 'Free some.', step: 'coder' }
      expect((await runRow(ctx.db, run)).state?.error).toEqual(error)
      await signalRun({ ctx, input: { run, kind: 'retry' } })
      await go(own)
      expect(await runRow(ctx.db, run)).toMatchObject({ status: 'succeeded', ending: 'Done.' })
      expect((await beadsOf(run)).map(({ step, attempt }) => `${step} ${attempt}`)).toEqual([
        'prepare 1',
        'coder 1',
        'coder 2',
        'reviewer 1',
      ])
    })

    test('without money it pauses, and goes on in the same bead when it is resumed', async () => {
      const run = await someRun(ctx)
      let poor = true
      const own = script(short, {
        coder: () => (poor ? { kind: 'budget_spent', reason: 'all spent' } : { kind: 'done' }),
      })
      await go(own)
      expect((await runRow(ctx.db, run)).status).toBe('paused_budget')
      const [job] = await ctx.db.select().from(jobs).where(eq(jobs.runId, run))
      expect(job?.dueAt).toBeNull()
      poor = false
      await signalRun({ ctx, input: { run, kind: 'resume', budgetUsd: 9 } })
      await go(own)
      expect((await runRow(ctx.db, run)).status).toBe('succeeded')
      expect((await beadsOf(run)).map(({ step }) => step)).toEqual(['prepare', 'coder', 'reviewer'])
    })

    test('a step that throws anything ends the run with an error, not the worker', async () => {
      const run = await someRun(ctx)
      await go((work) => {
        if (work.bead.step === 'coder') throw new TypeError('undefined is not a function')
        return goOn(work, short)
      })
      expect((await runRow(ctx.db, run)).state?.error).toMatchObject({ code: 'internal', step: 'coder' })
    })

    test('an outcome that its step cannot have ends the run instead of doing the step again for ever', async () => {
      const run = await someRun(ctx)
      const errors: unknown[] = []
      let times = 0
      await go(script(short, { coder: () => ({ kind: 'fixed', times: ++times }) as Outcome }), errors)
      expect((await runRow(ctx.db, run)).state?.error).toMatchObject({ code: 'illegal_transition' })
      expect([times, errors.length]).toEqual([1, 1])
    })

    test('text that Postgres refuses (NUL, half an emoji) ends nothing', async () => {
      const run = await someRun(ctx)
      const reason = 'nul \0 half \ud83d'
      await go(script(short, { coder: { kind: 'out_of_iterations', reason } }))
      expect((await runRow(ctx.db, run)).state?.gate?.reason).toBe('nul \ufffd half \ufffd')
      expect(await verifyAudit({ ctx, input: { run } })).toMatchObject({ ok: true })
    })
  })

  describe('gates', () => {
    const waitingAt = async (onTimeout: 'block' | 'auto_approve' | 'escalate') => {
      const run = await someRun(ctx)
      const policy = gatePolicy('pre-merge-main', { onTimeout })
      const own: Script = (work) => goOn(work, gated, { gates: [gatePolicy('pre-merge-staging'), policy] })
      await go(own)
      return { run, own }
    }
    const gateOf = async (run: string) => (await ctx.db.select().from(gates).where(eq(gates.runId, run)))[0]

    test('while it waits only its expiry is due, and no work is done', async () => {
      const { run, own } = await waitingAt('block')
      const [job] = await ctx.db.select().from(jobs).where(eq(jobs.runId, run))
      expect(job?.dueAt).toEqual((await gateOf(run))?.expiresAt)
      expect(job).toMatchObject({ leaseOwner: null, leaseUntil: null })
      expect(await go(own)).toBe(0)
    })

    test('block: it stays, is overdue, and never lapses again by itself', async () => {
      const { run, own } = await waitingAt('block')
      await passTime(ctx.db, run, 'wait')
      await go(own)
      expect(await runRow(ctx.db, run)).toMatchObject({ status: 'waiting_gate' })
      expect(await gateOf(run)).toMatchObject({ status: 'waiting', overdue: true, expiresAt: null })
      const [job] = await ctx.db.select().from(jobs).where(eq(jobs.runId, run))
      expect(job?.dueAt).toBeNull()
      const told = await ctx.db.select().from(runEvents).where(eq(runEvents.runId, run))
      expect(told.some(({ kind, data }) => kind === 'gate' && data.status === 'overdue')).toBe(true)
    })

    test('auto_approve: the run goes on, and the gate says that it lapsed', async () => {
      const { run, own } = await waitingAt('auto_approve')
      await passTime(ctx.db, run, 'wait')
      await go(own)
      expect(await runRow(ctx.db, run)).toMatchObject({ status: 'succeeded' })
      expect(await gateOf(run)).toMatchObject({ status: 'lapsed' })
      expect((await beadsOf(run)).find(({ step }) => step === 'gate:pre-merge-main')?.status).toBe(
        'completed',
      )
    })

    test('escalate: asked again once, then the run ends', async () => {
      const { run, own } = await waitingAt('escalate')
      await passTime(ctx.db, run, 'wait')
      await go(own)
      expect(await gateOf(run)).toMatchObject({ status: 'waiting', overdue: true })
      expect((await gateOf(run))?.expiresAt).not.toBeNull()
      await passTime(ctx.db, run, 'wait')
      await go(own)
      expect(await runRow(ctx.db, run)).toMatchObject({ status: 'aborted' })
    })
  })

  describe('one transaction', () => {
    test('when the audit entry cannot be written, nothing of the step is there', async () => {
      const run = await someRun(ctx)
      await asLogin(
        ctx.db,
        sql`create function refuse_one() returns trigger language plpgsql as $$
        begin if new.action like 'coder.done' then raise exception 'no room'; end if; return new; end $$`,
        sql`create trigger refuse_one before insert on audit_log for each row execute function refuse_one()`,
      )
      const errors: unknown[] = []
      await go(script(short), errors)
      await asLogin(ctx.db, sql`drop trigger refuse_one on audit_log`)
      // What was to be done is undone; the run then ended by an outcome of its own, and says why.
      const row = await runRow(ctx.db, run)
      expect(row).toMatchObject({ status: 'failed', ending: 'no room' })
      expect((await beadsOf(run)).map(({ step, status }) => `${step} ${status}`)).toEqual([
        'prepare completed',
        'coder failed',
      ])
      const told = await ctx.db.select().from(runEvents).where(eq(runEvents.runId, run))
      expect(told.some(({ data }) => data.outcome === 'done')).toBe(false)
      expect(row.state?.counts.steps).toBe(2)
      expect(errors.length).toBe(1)
    })
  })

  describe('rollups', () => {
    test('counts of statuses and of the day are those of the rows, also after a retry', async () => {
      const fresh = contextOf(await open())
      const own = (end: Outcome) =>
        engine.drive(fresh.db, scriptedRunner(fresh.db, script(short, { reviewer: end })))
      const broken: Outcome = { kind: 'error', transient: false, code: 'internal', message: 'x' }
      const run = await someRun(fresh)
      await own(broken)
      const days = () => fresh.db.select().from(dailyStats)
      expect(await days()).toMatchObject([{ failed: 1, succeeded: 0 }])
      await signalRun({ ctx: fresh, input: { run, kind: 'retry' } })
      expect(await days()).toMatchObject([{ failed: 0, succeeded: 0 }])
      await engine.drive(fresh.db, scriptedRunner(fresh.db, script(short)))
      expect(await days()).toMatchObject([{ failed: 0, succeeded: 1, other: 0 }])
      const counted = async () =>
        (await fresh.db.select().from(statusTotals)).filter(({ count }) => count !== 0)
      expect(await counted()).toEqual([{ status: 'succeeded', count: 1 }])
      await foldCounts(fresh.db)
      expect(await fresh.db.select().from(statusChanges)).toEqual([])
      expect(await counted()).toEqual([{ status: 'succeeded', count: 1 }])
    })
  })

  test('a step that ends its worker each time ends the run; one that is handed back in order does not', async () => {
    const store = createStore(ctx.db)
    const begin = async () => {
      const claim = await store.claim({ owner: 'w', leaseMs: 60_000 })
      if (!claim) throw new Error('nothing was due')
      await store.openBead(claim, await store.load(claim))
      return claim
    }
    const run = await someRun(ctx)
    for (let i = 0; i < 9; i += 1) await store.handBack(await begin())
    for (let i = 0; i < 5; i += 1) {
      await begin()
      await passTime(ctx.db, run, 'lease')
    }
    let did = 0
    await go((work) => {
      did += 1
      return goOn(work, short)
    })
    expect(did).toBe(0)
    const row = await runRow(ctx.db, run)
    expect(row).toMatchObject({ status: 'failed', step: 'prepare' })
    expect(row.state?.error?.message).toContain('was begun 5 times')
    expect(row.state?.error).toMatchObject({ gaveUp: true, tries: 5 })
    expect(await ctx.db.select().from(jobs).where(eq(jobs.runId, run))).toMatchObject([{ state: 'dead' }])
    await signalRun({ ctx, input: { run, kind: 'retry' } })
    await go(script(short))
    expect(await runRow(ctx.db, run)).toMatchObject({ status: 'succeeded' })
  })

  // These look into the embedded engine's own parts; Temporal's are in temporal.test.ts.
  const embedded = test.skipIf(engine.name !== 'embedded')

  embedded('a run whose step cannot be begun is put off, longer each time, and then ends', async () => {
    const run = await someRun(ctx)
    const waits: number[] = []
    const store = createStore(ctx.db)
    const broken: Store = {
      ...store,
      openBead: () => Promise.reject(new Error('no bead')),
      putOff: (claim, inMs) => {
        waits.push(inMs)
        return store.putOff(claim, 0)
      },
    }
    const giving = createEngine({
      store: broken,
      runStep: () => Promise.reject(new Error('never')),
      owner: 'w',
      toError: toAppError,
      random: () => 0.999,
      onError: () => {},
    })
    await drain(giving)
    expect(waits).toHaveLength(4)
    expect(waits).toEqual(waits.toSorted((a, b) => a - b))
    expect(waits.at(-1)).toBeGreaterThan(30_000)
    const row = await runRow(ctx.db, run)
    expect(row).toMatchObject({ status: 'failed', ending: 'no bead' })
  })

  embedded('a database that goes away more often than a step may be tried ends nothing', async () => {
    const run = await someRun(ctx)
    const store = createStore(ctx.db)
    let times = 0
    const engine = createEngine({
      store: { ...store, putOff: (claim, _inMs, blameless) => store.putOff(claim, 0, blameless) },
      runStep: scriptedRunner(ctx.db, (work) => {
        if (work.bead.step === 'coder') times += 1
        if (work.bead.step === 'coder' && times < 12)
          throw Object.assign(new Error('terminating connection'), { code: '57P01' })
        return goOn(work, short)
      }),
      owner: 'w',
      toError: toAppError,
      random: () => 0,
      onError: () => {},
    })
    await drain(engine)
    expect(await runRow(ctx.db, run)).toMatchObject({ status: 'succeeded' })
    expect((await beadsOf(run)).map(({ step, attempt }) => `${step} ${attempt}`)).toEqual([
      'prepare 1',
      'coder 1',
      'reviewer 1',
    ])
    expect(times).toBe(12)
  })

  embedded('a slice that ends in a step gives the lease back, and the next goes on in its bead', async () => {
    const run = await someRun(ctx)
    const stop = new AbortController()
    const slice = scriptedEngine(ctx.db, (work) => {
      if (work.bead.step !== 'coder') return goOn(work, short)
      stop.abort()
      throw new AppError('cancelled', 'Stopped.')
    })
    await drain(slice, stop.signal)
    const [job] = await ctx.db.select().from(jobs).where(eq(jobs.runId, run))
    expect(job).toMatchObject({ leaseOwner: null, leaseUntil: null })
    const seen: boolean[] = []
    await go((work) => {
      if (work.bead.step === 'coder') seen.push(work.bead.resumed)
      return goOn(work, short)
    })
    expect(seen).toEqual([true])
    expect((await runRow(ctx.db, run)).status).toBe('succeeded')
  })
})
