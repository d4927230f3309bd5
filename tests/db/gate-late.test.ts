import { eq, sql } from 'drizzle-orm'
import { beforeAll, expect, test, vi } from 'vitest'
import { gateDecisions, gates, jobs, runs } from '@/drizzle/schema'
import { defaultLimits, type GatePolicy } from '@/lib/core/limits'
import type { ServiceContext } from '@/lib/services/context'
import { decideGate } from '@/lib/services/gates/decide'
import { getGate } from '@/lib/services/gates/get'
import { describeDatabases } from '../support/database'
import { drain, goOn, runRow, scriptedEngine } from '../support/scripted-engine'
import { contextOf, mainGate, runAtGate } from '../support/services'

type OnTimeout = GatePolicy['onTimeout']
const states = ['delayed', 'parked'] as const

describeDatabases((open, driver) => {
  const woken: (string | undefined)[] = []
  let ctx: ServiceContext
  beforeAll(async () => {
    ctx = contextOf(await open(), 'owner', { wake: (run) => woken.push(run) })
  })

  /** A gate whose time is over, and nobody has looked at it since. */
  async function overdue(onTimeout: OnTimeout, timeouts: number, job: (typeof states)[number] = 'delayed') {
    const at = await runAtGate(ctx)
    const policy = { ...mainGate, timeoutHours: 1, onTimeout }
    const past = sql`now() - interval '1 second'`
    await ctx.db.update(gates).set({ policy, expiresAt: past }).where(eq(gates.id, at.gate))
    const { state } = await runRow(ctx.db, at.run)
    if (!state?.gate) throw new Error('the run stands at no gate')
    const next = {
      ...state,
      limits: { ...defaultLimits, gates: [policy] },
      gate: { ...state.gate, timeouts },
    }
    await ctx.db.update(runs).set({ state: next }).where(eq(runs.id, at.run))
    const dueAt = job === 'delayed' ? past : null
    await ctx.db.update(jobs).set({ state: job, dueAt }).where(eq(jobs.runId, at.run))
    return at
  }
  const decide = ({ gate, evidence }: Awaited<ReturnType<typeof overdue>>, decision: 'approve' | 'reject') =>
    decideGate({ ctx, input: { gate, evidence, decision, reason: 'no' } })
  /** What the gate's page says to who might decide it. */
  const may = async ({ gate }: Awaited<ReturnType<typeof overdue>>) => {
    const { mayApprove, mayReject } = await getGate({ ctx, input: { gate } })
    return [mayApprove.may, mayReject.may, mayApprove.may ? null : mayApprove.sentence]
  }
  const lapsed = () =>
    drain(scriptedEngine(ctx.db, (work) => goOn(work, ['prepare', 'coder', 'gate:pre-merge-main', 'merge'])))

  test.each([
    {
      onTimeout: 'auto_approve',
      timeouts: 0,
      decision: 'reject',
      words: /counts as approved/,
      mend: /goes on by itself; `devpilot runs cancel /,
      ends: 'succeeded',
    },
    {
      onTimeout: 'auto_approve',
      timeouts: 0,
      decision: 'approve',
      words: /counts as approved/,
      mend: /goes on by itself; `devpilot runs cancel /,
      ends: 'succeeded',
    },
    {
      onTimeout: 'escalate',
      timeouts: 1,
      decision: 'approve',
      words: /the run ends/,
      mend: /`devpilot runs retry .* asks again/,
      ends: 'aborted',
    },
  ] as const)(
    '$decision after the time of $onTimeout is refused, and the gate ends by its policy',
    async (at) => {
      for (const job of states) {
        const late = await overdue(at.onTimeout, at.timeouts, job)
        const refusal = {
          code: 'conflict',
          message: expect.stringMatching(at.words),
          mend: expect.stringMatching(at.mend),
        }
        const asked = await may(late)
        expect(asked).toEqual([false, false, expect.stringMatching(at.words)])
        await expect(decide(late, at.decision)).rejects.toMatchObject(refusal)
        const kept = await ctx.db.select().from(gateDecisions).where(eq(gateDecisions.gateId, late.gate))
        expect([kept, (await runRow(ctx.db, late.run)).status]).toEqual([[], 'waiting_gate'])
        expect(woken.at(-1), 'its worker is told').toBe(late.run)
        await lapsed()
        expect((await runRow(ctx.db, late.run)).status).toBe(at.ends)
      }
    },
  )

  test.each([
    { onTimeout: 'block', timeouts: 0 },
    { onTimeout: 'escalate', timeouts: 0 },
  ] as const)('where people may decide after it, too, nobody is refused: $onTimeout', async (at) => {
    const late = await overdue(at.onTimeout, at.timeouts)
    expect(await may(late)).toEqual([true, true, null])
    expect((await decide(late, 'approve')).status).toBe('approved')
    await lapsed()
    expect((await runRow(ctx.db, late.run)).status).toBe('succeeded')
  })

  test('a gate whose time is not over is decided', async () => {
    const early = await overdue('auto_approve', 0)
    const soon = sql`now() + interval '1 minute'`
    await ctx.db.update(gates).set({ expiresAt: soon }).where(eq(gates.id, early.gate))
    expect(await may(early)).toEqual([true, true, null])
    expect((await decide(early, 'reject')).status).toBe('rejected')
  })

  // The embedded database has this machine's clock.
  test.runIf(driver === 'pg')(
    'a machine whose clock is ahead says of no gate that its time is over',
    async () => {
      const early = await overdue('auto_approve', 0)
      const soon = sql`now() + interval '1 minute'`
      await ctx.db.update(gates).set({ expiresAt: soon }).where(eq(gates.id, early.gate))
      vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 3_600_000 })
      try {
        expect(await may(early)).toEqual([true, true, null])
      } finally {
        vi.useRealTimers()
      }
    },
  )
})
