import { desc, eq, inArray } from 'drizzle-orm'
import { beforeAll, describe, expect, test } from 'vitest'
import {
  artifacts,
  auditLog,
  beads,
  gateDecisions,
  gates,
  identities,
  jobs,
  runEvents,
  runs,
  users,
} from '@/drizzle/schema'
import { roleGrants } from '@/lib/core/access'
import { appendAudit } from '@/lib/db/audit'
import { appendEvents } from '@/lib/db/events'
import { newId } from '@/lib/db/ids'
import { verifyAudit } from '@/lib/services/audit/verify'
import type { ServiceContext } from '@/lib/services/context'
import { commentGate } from '@/lib/services/gates/comment'
import { countGates } from '@/lib/services/gates/count'
import { decideGate } from '@/lib/services/gates/decide'
import { gateDiff } from '@/lib/services/gates/diff'
import { getGate } from '@/lib/services/gates/get'
import { listGates } from '@/lib/services/gates/list'
import { getRun } from '@/lib/services/runs/get'
import { signalRun } from '@/lib/services/runs/signal'
import { gateViewSchema } from '@/lib/services/views'
import { describeDatabases, type TestDatabase } from '../support/database'
import { contextOf, runAtGate, user } from '../support/services'

describeDatabases((open, driver) => {
  let opened: TestDatabase
  let ctx: ServiceContext

  beforeAll(async () => {
    opened = await open()
    ctx = contextOf(opened)
  })

  const as = (id: string, part?: Partial<ServiceContext>) => contextOf(opened, id, part)
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
    test('comments that say nothing, too much, by agents, by who may only look, at no gate', async () => {
      const { run, gate } = await runAtGate(ctx)
      const say = (body: string, who: ServiceContext = ctx, at = gate) =>
        codeOf(commentGate({ ctx: who, input: { gate: at, body } }))
      expect(await say('')).toBe('bad_request')
      expect(await say(' \n\t ')).toBe('bad_request')
      expect(await say('x'.repeat(4_001))).toBe('bad_request')
      expect(await say('hello', as('coder', { actor: { kind: 'agent', id: 'c', name: 'c' } }))).toBe(
        'forbidden',
      )
      expect(await say('hello', as('vera', { grants: ['read'] }))).toBe('forbidden')
      expect(await say('hello', ctx, '01890a5d-ac96-774b-bcce-b302099a8057')).toBe('not_found')
      expect((await getGate({ ctx, input: { gate } })).comments).toEqual([])
      expect((await lastAudit(run))?.action).not.toBe('gate.commented')
    })

    test('a viewer who decides, and a decision at a gate that was voided or has lapsed meanwhile', async () => {
      const { gate, evidence } = await runAtGate(ctx)
      const input = { gate, decision: 'approve' as const, evidence }
      const viewer = as('vera', { grants: ['read'], singleUser: false })
      expect(await codeOf(decideGate({ ctx: viewer, input }))).toBe('forbidden')
      expect((await getGate({ ctx: viewer, input: { gate } })).mayReject).toMatchObject({ why: 'no_access' })
      for (const status of ['void', 'lapsed'] as const) {
        const closed = await runAtGate(ctx)
        await ctx.db.update(gates).set({ status }).where(eq(gates.id, closed.gate))
        const late = { ...input, gate: closed.gate, evidence: closed.evidence }
        await expect(decideGate({ ctx, input: late })).rejects.toMatchObject({
          code: 'conflict',
          message: `This gate is ${status} already.`,
        })
        const seen = await getGate({ ctx, input: { gate: closed.gate } })
        expect(seen.mayApprove).toMatchObject({ may: false, why: 'closed' })
      }
    })

    test('a gate that is not there, evidence that has changed, a rejection without a reason', async () => {
      const { run, gate, evidence } = await runAtGate(ctx)
      const missing = '01890a5d-ac96-774b-bcce-b302099a8057'
      const decide = (input: Parameters<typeof decideGate>[0]['input']) => codeOf(decideGate({ ctx, input }))
      expect(await decide({ gate: missing, decision: 'approve', evidence })).toBe('not_found')
      expect(await decide({ gate, decision: 'approve', evidence: 'a'.repeat(64) })).toBe('stale_evidence')
      expect(await decide({ gate, decision: 'approve', evidence: 'HEAD' })).toBe('bad_request')
      expect(await decide({ gate, decision: 'reject', evidence })).toBe('bad_request')
      for (const reason of ['  ', '…', '?!', '👎'])
        expect(await decide({ gate, decision: 'reject', evidence, reason })).toBe('bad_request')
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

  test.each([
    { decision: 'approve', done: 'approved', stands: /: it has gone on\.$/ },
    { decision: 'reject', done: 'rejected', stands: /: it has ended\.$/ },
  ] as const)('who comes too late is told who $done it, and what became of the run', async (at) => {
    const { gate, evidence } = await runAtGate(ctx)
    const input = { gate, decision: at.decision, evidence, reason: 'so be it' }
    await decideGate({ ctx: as('mia'), input })
    await expect(decideGate({ ctx: as('tom'), input })).rejects.toMatchObject({
      message: `This gate is ${at.done} already by mia.`,
      mend: expect.stringMatching(at.stands),
    })
  })

  test('what people say is kept in order, audited, told to the pages, and decides nothing', async () => {
    const { run, gate } = await runAtGate(ctx)
    await commentGate({ ctx: as('mia'), input: { gate, body: ' why \u0000 now? ' } })
    await commentGate({ ctx: as('tom'), input: { gate, body: '<b>because</b>' } })
    const view = gateViewSchema.parse(await getGate({ ctx, input: { gate } }))
    expect(view.comments.map(({ actor, body }) => [actor.id, body])).toEqual([
      ['mia', 'why \ufffd now?'],
      ['tom', '<b>because</b>'],
    ])
    expect([view.status, view.approvals]).toEqual(['waiting', 0])
    expect(await lastAudit(run)).toMatchObject({ action: 'gate.commented', actor: user('tom') })
    const events = await ctx.db.select().from(runEvents).where(eq(runEvents.runId, run))
    expect(events.filter(({ data }) => 'comment' in data)).toHaveLength(2)
  })

  test('a key that may decide and nothing else is told what became of the gate', async () => {
    const { run, gate, evidence } = await runAtGate(ctx)
    const key = as('owner', { grants: ['approve'] })
    const decided = await decideGate({ ctx: key, input: { gate, decision: 'approve', evidence } })
    expect(decided).toMatchObject({ id: gate, status: 'approved' })
    expect(await statusOf(run)).toBe('running')
    expect(await codeOf(getGate({ ctx: key, input: { gate } }))).toBe('forbidden')
  })

  test.skipIf(driver === 'pglite')(
    'a comment and the engine at once wait for each other in one order',
    async () => {
      const { run, gate } = await runAtGate(ctx)
      let said: Promise<string> | undefined
      await ctx.db.transaction(async (tx) => {
        await appendEvents(tx, [
          { runId: run, beadId: null, kind: 'log', data: { text: 'as the engine does' } },
        ])
        said = codeOf(commentGate({ ctx: as('mia'), input: { gate, body: 'hello' } }))
        await new Promise((done) => setTimeout(done, 500))
        await appendAudit(tx, { runId: run, actor: user('owner'), action: 'test', data: {} })
      })
      expect(await said).toBe('done')
    },
  )

  test('twenty comments at once are twenty, and the chain of the run stays whole', async () => {
    const { run, gate } = await runAtGate(ctx)
    const say = (index: number) => commentGate({ ctx: as(`p${index}`), input: { gate, body: `${index}` } })
    await Promise.all(Array.from({ length: 20 }, (_, index) => say(index)))
    expect((await getGate({ ctx, input: { gate } })).comments).toHaveLength(20)
    expect((await verifyAudit({ ctx, input: { run } })).ok).toBe(true)
  })

  test('the stored diff comes whole, or cut for a page', async () => {
    const { run, gate } = await runAtGate(ctx)
    const content = `diff --git a/x b/x\n@@ -0,0 +1 @@\n+${'y'.repeat(10_000_000)}\n`
    await ctx.db.update(artifacts).set({ content }).where(eq(artifacts.runId, run))
    expect(await gateDiff({ ctx, input: { gate } })).toBe(content)
    const cut = await gateDiff({ ctx, input: { gate, cut: 'true' } })
    expect(cut.length).toBeLessThan(21_000)
    expect(await codeOf(gateDiff({ ctx, input: { gate: newId() } }))).toBe('not_found')
  })

  test('who asked at GitHub and linked that account after cannot approve; others can', async () => {
    const auth = opened.database.as({ role: 'auth' })
    const people = ['linked', 'unlinked'].map((id) => ({ id, name: id, role: 'supervisor' as const }))
    await auth.insert(users).values(people)
    const { run, gate, evidence } = await runAtGate(ctx)
    const requestedBy = { kind: 'user', id: 'github:1815', name: 'ada', via: 'github' } as const
    await ctx.db.update(runs).set({ requestedBy }).where(eq(runs.id, run))
    const supervisor = (id: string) =>
      as(id, {
        db: opened.database.as({ role: 'supervisor', user: id }),
        grants: roleGrants.supervisor,
        singleUser: false,
      })
    const [linked, unlinked] = [supervisor('linked'), supervisor('unlinked')]
    const look = async (who: ServiceContext) => {
      const input = { gate }
      const [view, list, counts] = await Promise.all([
        getGate({ ctx: who, input }),
        listGates({ ctx: who, input: { run } }),
        countGates({ ctx: who }),
      ])
      const mine = await listGates({ ctx: who, input: { run, whose: 'mine' } })
      return [view.mayApprove.may, list.items[0]?.mayApprove.may, mine.items.length, counts.mine]
    }
    const [, , , before = 0] = await look(linked)
    await auth
      .insert(identities)
      .values({ provider: 'github', subject: '1815', userId: 'linked', login: 'ada' })
    expect(await look(linked)).toEqual([false, false, 0, Number(before) - 1])
    expect(await look(unlinked)).toEqual([true, true, 1, before])
    const approve = (who: ServiceContext) =>
      codeOf(decideGate({ ctx: who, input: { gate, decision: 'approve', evidence } }))
    expect(await approve(linked)).toBe('forbidden')
    expect(await statusOf(run)).toBe('waiting_gate')
    expect(await approve(unlinked)).toBe('done')
    await auth.delete(identities).where(eq(identities.userId, 'linked'))
    await auth
      .update(users)
      .set({ disabledAt: new Date() })
      .where(
        inArray(
          users.id,
          people.map(({ id }) => id),
        ),
      )
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
})
