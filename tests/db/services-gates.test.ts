import { desc, eq } from 'drizzle-orm'
import { beforeAll, describe, expect, test } from 'vitest'
import { auditLog, beads, gateDecisions, gates, jobs, runs, users } from '@/drizzle/schema'
import type { ServiceContext } from '@/lib/services/context'
import { decideGate } from '@/lib/services/gates/decide'
import { getGate } from '@/lib/services/gates/get'
import { listGates } from '@/lib/services/gates/list'
import { getRun } from '@/lib/services/runs/get'
import { signalRun } from '@/lib/services/runs/signal'
import { gateViewSchema } from '@/lib/services/views'
import { describeDatabases, type TestDatabase } from '../support/database'
import { contextOf, runAtGate, user } from '../support/services'

describeDatabases((open) => {
  let opened: TestDatabase
  let ctx: ServiceContext

  beforeAll(async () => {
    opened = await open()
    ctx = contextOf(opened)
  })

  const as = (id: string, part: Partial<ServiceContext> = {}): ServiceContext => ({
    ...contextOf(opened, id),
    ...part,
  })
  const codeOf = (work: Promise<unknown>) =>
    work.then(
      () => 'done',
      (error) => error.code,
    )
  const statusOf = async (run: string) => {
    const [row] = await ctx.db.select().from(runs).where(eq(runs.id, run))
    return row?.status
  }
  const lastAudit = async (run: string) => {
    const rows = await ctx.db
      .select()
      .from(auditLog)
      .where(eq(auditLog.chain, run))
      .orderBy(desc(auditLog.seq))
    return rows[0]
  }

  describe('bad input', () => {
    test('a gate that is not there, evidence that has changed, a rejection without a reason', async () => {
      const { run, gate, evidence } = await runAtGate(ctx)
      const missing = '01890a5d-ac96-774b-bcce-b302099a8057'
      const decide = (input: Parameters<typeof decideGate>[0]['input']) => codeOf(decideGate({ ctx, input }))
      expect(await decide({ gate: missing, decision: 'approve', evidence })).toBe('not_found')
      expect(await decide({ gate, decision: 'approve', evidence: 'a'.repeat(64) })).toBe('stale_evidence')
      expect(await decide({ gate, decision: 'approve', evidence: 'HEAD' })).toBe('bad_request')
      expect(await decide({ gate, decision: 'reject', evidence })).toBe('bad_request')
      expect(await decide({ gate, decision: 'reject', evidence, reason: '  ' })).toBe('bad_request')
      expect(await statusOf(run)).toBe('waiting_gate')
      expect(await ctx.db.select().from(gateDecisions).where(eq(gateDecisions.gateId, gate))).toEqual([])
    })

    test('agents, those without the access, and a requester among others cannot approve', async () => {
      const { run, gate, evidence } = await runAtGate(ctx)
      const input = { gate, decision: 'approve' as const, evidence }
      const agent = as('coder', { actor: { kind: 'agent', id: 'coder', name: 'coder' } })
      expect(await codeOf(decideGate({ ctx: agent, input }))).toBe('forbidden')
      expect(await codeOf(decideGate({ ctx: as('mia', { grants: ['read'] }), input }))).toBe('forbidden')
      const own = as('owner', { singleUser: false })
      expect(await codeOf(decideGate({ ctx: own, input }))).toBe('forbidden')
      expect(await statusOf(run)).toBe('waiting_gate')
    })
  })

  test('a key cannot approve what was asked for through it, even for the one user; the page can', async () => {
    const asked = as('owner', { actor: { ...user('owner'), via: 'key:0123456789' }, key: 'k' })
    const { gate, evidence } = await runAtGate(asked)
    const input = { gate, decision: 'approve' as const, evidence }
    expect(await codeOf(decideGate({ ctx: asked, input }))).toBe('forbidden')
    expect(await codeOf(decideGate({ ctx: as('owner'), input }))).toBe('done')
  })

  test('as soon as there is a second user nobody approves what he asked for, whatever his request began with', async () => {
    const { gate, evidence } = await runAtGate(ctx)
    const input = { gate, decision: 'approve' as const, evidence }
    const auth = opened.database.as({ role: 'auth' })
    await auth.insert(users).values({ id: 'second', name: 'second', role: 'viewer' })
    expect(await codeOf(decideGate({ ctx, input }))).toBe('forbidden')
    await auth.update(users).set({ disabledAt: new Date() }).where(eq(users.id, 'second'))
    expect(await codeOf(decideGate({ ctx, input }))).toBe('done')
  })

  test('an approval closes the gate and its bead and makes the run due, in one go', async () => {
    const { run, gate, bead, evidence } = await runAtGate(ctx)
    const input = { gate, decision: 'approve' as const, evidence, reason: 'looks right' }
    const view = gateViewSchema.parse(await decideGate({ ctx: as('mia'), input }))
    expect(view).toMatchObject({ status: 'approved', approvals: 1, diff: 'diff --git a/x b/x\n' })
    expect(view.decisions).toMatchObject([{ decision: 'approve', actor: user('mia'), reason: 'looks right' }])
    const [row] = await ctx.db.select().from(runs).where(eq(runs.id, run))
    expect(row).toMatchObject({ status: 'running', step: 'merge' })
    const [job] = await ctx.db.select().from(jobs).where(eq(jobs.runId, run))
    expect(job?.dueAt).toBeInstanceOf(Date)
    const [of] = await ctx.db.select().from(beads).where(eq(beads.id, bead))
    expect(of).toMatchObject({ status: 'completed', outcome: { kind: 'approved' } })
    const audit = await lastAudit(run)
    expect(audit).toMatchObject({ action: 'gate.approved', actor: user('mia') })
    expect(audit?.data).not.toHaveProperty('single_user')
    expect(await codeOf(decideGate({ ctx: as('tom'), input }))).toBe('conflict')
  })

  test('the audit says when the one user approved what he asked for', async () => {
    const { run, gate, evidence } = await runAtGate(ctx)
    await decideGate({ ctx, input: { gate, decision: 'approve', evidence } })
    expect((await lastAudit(run))?.data).toMatchObject({
      single_user: true,
      evidence,
      gate: 'pre-merge-main',
    })
  })

  test('a rejection ends the run with its reason, and nothing is due', async () => {
    const { run, gate, evidence } = await runAtGate(ctx)
    await decideGate({ ctx, input: { gate, decision: 'reject', evidence, reason: 'wrong file' } })
    const view = await getRun({ ctx, input: { run } })
    expect(view).toMatchObject({ status: 'rejected', detail: 'wrong file', gateId: null })
    const [job] = await ctx.db.select().from(jobs).where(eq(jobs.runId, run))
    expect(job?.dueAt).toBeNull()
  })

  test('two approvers are two people', async () => {
    const { run, gate, evidence } = await runAtGate(ctx, 2)
    const input = { gate, decision: 'approve' as const, evidence }
    const first = await decideGate({ ctx: as('mia'), input })
    expect(first).toMatchObject({ status: 'waiting', approvals: 1 })
    expect(await codeOf(decideGate({ ctx: as('mia'), input }))).toBe('conflict')
    expect(await statusOf(run)).toBe('waiting_gate')
    expect(await decideGate({ ctx: as('tom'), input })).toMatchObject({ status: 'approved', approvals: 2 })
  })

  test('of decisions that come together one wins', async () => {
    for (let round = 0; round < 5; round += 1) {
      const { run, gate, evidence } = await runAtGate(ctx)
      const decide = (id: string, decision: 'approve' | 'reject') =>
        codeOf(decideGate({ ctx: as(id), input: { gate, decision, evidence, reason: id } }))
      const results = await Promise.all([
        decide('mia', 'approve'),
        decide('tom', 'reject'),
        decide('ann', 'approve'),
        decide('bob', 'reject'),
      ])
      expect(results.filter((result) => result === 'done')).toHaveLength(1)
      expect(results.filter((result) => result === 'conflict')).toHaveLength(3)
      const kept = await ctx.db.select().from(gateDecisions).where(eq(gateDecisions.gateId, gate))
      expect(kept).toHaveLength(1)
      const verdict = kept[0]?.decision === 'approve' ? 'running' : 'rejected'
      expect(await statusOf(run)).toBe(verdict)
    }
  })

  test('a decision and a cancellation at once: one wins, whichever it is', async () => {
    for (let round = 0; round < 5; round += 1) {
      const { run, gate, evidence } = await runAtGate(ctx)
      const results = await Promise.all([
        codeOf(decideGate({ ctx, input: { gate, decision: 'reject', evidence, reason: 'no' } })),
        codeOf(signalRun({ ctx, input: { kind: 'cancel', run } })),
      ])
      expect(results.filter((result) => result === 'done')).toHaveLength(1)
      const [row] = await ctx.db.select().from(gates).where(eq(gates.id, gate))
      expect(row?.status).toBe((await statusOf(run)) === 'rejected' ? 'rejected' : 'void')
    }
  })

  test('the inbox holds what waits; others are asked for', async () => {
    const { run, gate, evidence } = await runAtGate(ctx)
    const inbox = async () => (await listGates({ ctx, input: { run } })).items.map(({ id }) => id)
    expect(await inbox()).toEqual([gate])
    expect((await getRun({ ctx, input: { run } })).gateId).toBe(gate)
    await decideGate({ ctx, input: { gate, decision: 'approve', evidence } })
    expect(await inbox()).toEqual([])
    expect((await listGates({ ctx, input: { run, status: 'all' } })).items).toHaveLength(1)
    expect((await getGate({ ctx, input: { gate } })).status).toBe('approved')
  })
})
