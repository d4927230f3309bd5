import { eq } from 'drizzle-orm'
import { beforeAll, expect, test } from 'vitest'
import { auditLog, beads, budgetAccounts, jobs, runs, turns } from '@/drizzle/schema'
import type { RunStatus } from '@/lib/core/status'
import { newId } from '@/lib/db/ids'
import type { ServiceContext } from '@/lib/services/context'
import { signalRun } from '@/lib/services/runs/signal'
import { describeDatabases } from '../support/database'
import { contextOf, runAtGate, someRun } from '../support/services'

describeDatabases((open) => {
  let ctx: ServiceContext

  beforeAll(async () => {
    ctx = contextOf(await open())
  })

  const signal = (input: Parameters<typeof signalRun>[0]['input']) =>
    signalRun({ ctx, input }).then(
      (run) => run.status,
      (error) => error.code,
    )
  const jobOf = async (run: string) => (await ctx.db.select().from(jobs).where(eq(jobs.runId, run)))[0]
  /** Puts a run into a state as the engine would leave it. */
  const put = async (run: string, status: RunStatus, part: Record<string, unknown> = {}) => {
    const [row] = await ctx.db.select().from(runs).where(eq(runs.id, run))
    if (!row?.state) throw new Error('the run has no state')
    const state = { ...row.state, status, flow: ['prepare', 'coder', 'pr'] as const, ...part }
    await ctx.db
      .update(runs)
      .set({ status, state: { ...state, flow: [...state.flow] } })
      .where(eq(runs.id, run))
  }

  interface Said {
    readonly finish?: string
    /** Of four turns, so many of the last whose calls could not be run. */
    readonly bad?: number
    readonly none?: boolean
  }
  const say = async (run: string, bead: string, { finish = 'tool_calls', bad = 0 }: Said) => {
    const at = new Date()
    const usage = { inputTokens: 1, outputTokens: 1, cachedInputTokens: 0, estimated: false }
    const common = { runId: run, beadId: bead, prompt: 'coder', promptVersion: '1', promptHash: 'x', usage }
    for (let seq = 1; seq <= 4; seq += 1) {
      const content = seq > 4 - bad ? 'Malformed: no JSON' : 'It is so.'
      const toolResults = [{ toolCallId: 'c', content, isError: false, durationMs: 1 }]
      const toolCalls = [{ id: 'c', name: 'git_diff', arguments: '{}' }]
      const turn = { ...common, id: newId(), seq, model: 'm', request: '', toolCalls, toolResults }
      const times = { startedAt: at, endedAt: at }
      await ctx.db.insert(turns).values({ ...turn, ...times, finish: seq === 4 ? finish : 'tool_calls' })
    }
  }

  test('signals that a run cannot take change nothing', async () => {
    const run = await someRun(ctx)
    expect(await signal({ kind: 'cancel', run: newId() })).toBe('not_found')
    expect(await signal({ kind: 'retry', run })).toBe('illegal_transition')
    expect(await signal({ kind: 'resume', run })).toBe('illegal_transition')
    expect(await signal({ kind: 'skip', run })).toBe('illegal_transition')
    await put(run, 'failed', { step: 'coder', error: { code: 'x', message: 'x', step: 'coder' } })
    expect(await signal({ kind: 'cancel', run })).toBe('illegal_transition')
    expect(await signal({ kind: 'retry', run, from: 'nonsense' })).toBe('bad_config')
    expect(await signal({ kind: 'retry', run, from: 'merge' })).toBe('bad_request')
    const audit = await ctx.db.select().from(auditLog).where(eq(auditLog.chain, run))
    expect(audit).toHaveLength(1)
  })

  test('a cancellation takes the lease away, ends what was under way and says what it replaced', async () => {
    const run = await someRun(ctx)
    await put(run, 'running', { step: 'coder' })
    const bead = newId()
    const of = { id: bead, runId: run, seq: 1, step: 'coder', name: 'coder' }
    await ctx.db.insert(beads).values({ ...of, category: 'agent', status: 'running' })
    const before = await jobOf(run)
    expect(await signal({ kind: 'cancel', run, reason: 'no longer wanted' })).toBe('cancelled')
    const after = await jobOf(run)
    expect(after?.leaseToken).toBe((before?.leaseToken ?? 0) + 1)
    expect(after?.dueAt).toBeNull()
    expect((await ctx.db.select().from(beads).where(eq(beads.id, bead)))[0]?.status).toBe('skipped')
    const audit = await ctx.db.select().from(auditLog).where(eq(auditLog.chain, run))
    expect(audit.at(-1)).toMatchObject({
      action: 'run.cancelled',
      data: { reason: 'no longer wanted', replaced: { status: 'running', step: 'coder' } },
    })
  })

  test('a failed run is retried from its step, and due at once', async () => {
    const run = await someRun(ctx)
    await put(run, 'failed', { step: 'coder', error: { code: 'x', message: 'x', step: 'coder' } })
    await ctx.db.update(jobs).set({ dueAt: null, state: 'parked' }).where(eq(jobs.runId, run))
    expect(await signal({ kind: 'retry', run })).toBe('running')
    expect((await ctx.db.select().from(runs).where(eq(runs.id, run)))[0]).toMatchObject({ step: 'coder' })
    expect((await jobOf(run))?.dueAt).toBeInstanceOf(Date)
  })

  test.each([
    ['with turns goes on', 'running', {}, {}],
    ['whose model refused begins anew', 'failed', { finish: 'refusal' }, {}],
    ['whose last answers were all malformed begins anew', 'failed', { bad: 3 }, {}],
    ['without turns begins anew', 'failed', { none: true }, {}],
    ['begins anew when its step is named', 'failed', {}, { from: 'coder' }],
  ])('the bead of a failed step %s', async (_what, status, how: Said, more) => {
    const run = await someRun(ctx)
    const error = { code: 'model_error', message: 'x', step: 'coder' }
    await put(run, 'failed', { step: 'coder', index: 1, error })
    const bead = newId()
    const of = { id: bead, runId: run, seq: 1, step: 'coder', name: 'coder', begun: 5 }
    await ctx.db.insert(beads).values({ ...of, category: 'agent', status: 'failed', endedAt: new Date() })
    if (!how.none) await say(run, bead, how)
    expect(await signal({ kind: 'retry', run, ...more })).toBe('running')
    const [after] = await ctx.db.select().from(beads).where(eq(beads.id, bead))
    expect(after?.status).toBe(status)
    const audit = await ctx.db.select().from(auditLog).where(eq(auditLog.chain, run))
    const goesOn = status === 'running' ? { bead: 1, turns: 4 } : undefined
    expect(audit.at(-1)?.data.goesOn).toEqual(goesOn)
    if (status === 'running') expect(after).toMatchObject({ begun: 0, endedAt: null, outcome: null })
  })

  test('a step is skipped, a gate is not', async () => {
    const run = await someRun(ctx)
    await put(run, 'running', { step: 'coder', index: 1 })
    expect(await signal({ kind: 'skip', run })).toBe('running')
    expect((await ctx.db.select().from(runs).where(eq(runs.id, run)))[0]?.step).toBe('pr')
    const waiting = await runAtGate(ctx)
    expect(await signal({ kind: 'skip', run: waiting.run })).toBe('illegal_transition')
  })

  test('what is asked of a step that the run has left is refused, and changes nothing', async () => {
    const run = await someRun(ctx)
    await put(run, 'running', { step: 'coder', index: 1 })
    expect(await signal({ kind: 'skip', run, step: 'reviewer' })).toBe('conflict')
    expect(await signal({ kind: 'skip', run, step: 'coder' })).toBe('running')
    await put(run, 'failed', { step: 'pr', index: 2, error: { code: 'x', message: 'x', step: 'pr' } })
    expect(await signal({ kind: 'retry', run, step: 'coder' })).toBe('conflict')
    const audit = await ctx.db.select().from(auditLog).where(eq(auditLog.chain, run))
    expect(audit.map(({ action }) => action).slice(1)).toEqual(['run.step_skipped'])
    expect(await signal({ kind: 'retry', run, step: 'pr' })).toBe('running')
  })

  test('a budget is raised over what is spent, in the run and in its account', async () => {
    const run = await someRun(ctx)
    const key = `run:${run}`
    await put(run, 'paused_budget', { step: 'coder' })
    await ctx.db.update(budgetAccounts).set({ spentMicros: 2_900_000 }).where(eq(budgetAccounts.key, key))
    expect(await signal({ kind: 'resume', run, budgetUsd: 2.9 })).toBe('bad_request')
    expect(await signal({ kind: 'resume', run, budgetUsd: 5 })).toBe('running')
    const [account] = await ctx.db.select().from(budgetAccounts).where(eq(budgetAccounts.key, key))
    expect(account).toMatchObject({ limitMicros: 5_000_000, spentMicros: 2_900_000 })
    expect((await ctx.db.select().from(runs).where(eq(runs.id, run)))[0]?.budgetMicros).toBe(5_000_000)
  })

  test('of two retries at once one wins', async () => {
    const run = await someRun(ctx)
    await put(run, 'failed', { step: 'coder', error: { code: 'x', message: 'x', step: 'coder' } })
    const results = await Promise.all([signal({ kind: 'retry', run }), signal({ kind: 'retry', run })])
    expect([...results].sort()).toEqual(['illegal_transition', 'running'])
  })
})
