import { eq, inArray } from 'drizzle-orm'
import { beforeAll, expect, test } from 'vitest'
import { evidence, gates } from '@/drizzle/schema'
import { newId } from '@/lib/db/ids'
import type { ServiceContext } from '@/lib/services/context'
import { countGates } from '@/lib/services/gates/count'
import { decideGate } from '@/lib/services/gates/decide'
import { getGate } from '@/lib/services/gates/get'
import { listGates } from '@/lib/services/gates/list'
import { getRun } from '@/lib/services/runs/get'
import { describeDatabases, type TestDatabase } from '../support/database'
import { contextOf, runAtGate } from '../support/services'

describeDatabases((open) => {
  let opened: TestDatabase
  let ctx: ServiceContext

  beforeAll(async () => {
    opened = await open()
    ctx = contextOf(opened)
  })

  const as = (id: string, part?: Partial<ServiceContext>) => contextOf(opened, id, part)

  test('the inbox parts what waits for me from what waits for others', async () => {
    const { run, gate, evidence } = await runAtGate(ctx, 2)
    const team = { singleUser: false }
    const inbox = async (who: ServiceContext, whose: 'mine' | 'others') =>
      (await listGates({ ctx: who, input: { run, whose } })).items
    const [mia, owner] = [as('mia', team), as('owner', team)]
    await ctx.db.update(gates).set({ overdue: true }).where(eq(gates.id, gate))
    const all = await countGates({ ctx: mia })
    expect(all.mine).toBeGreaterThan(0)
    expect(all.overdue).toBe(1)
    expect(await countGates({ ctx: owner })).toMatchObject({ mine: 0, overdue: 0, others: all.mine })
    expect((await inbox(mia, 'mine')).map(({ id, mayApprove }) => [id, mayApprove.may])).toEqual([
      [gate, true],
    ])
    expect(await inbox(mia, 'others')).toEqual([])
    expect(await inbox(owner, 'mine')).toEqual([])
    expect((await inbox(owner, 'others'))[0]?.mayApprove).toMatchObject({ why: 'requester' })
    expect((await inbox(as('vera', { ...team, grants: ['read'] }), 'others'))[0]?.mayApprove).toMatchObject({
      why: 'no_access',
    })
    await decideGate({ ctx: mia, input: { gate, decision: 'approve', evidence } })
    expect(await inbox(mia, 'mine')).toEqual([])
    expect(await countGates({ ctx: mia })).toEqual({ mine: all.mine - 1, overdue: 0, others: 1 })
    expect((await inbox(mia, 'others'))[0]?.mayApprove).toMatchObject({ why: 'decided' })
    expect(await inbox(as('tom', team), 'mine')).toHaveLength(1)
    await ctx.db.update(gates).set({ overdue: false }).where(eq(gates.id, gate))
  })

  test('what waits comes oldest first and what is closed last closed first, page by page', async () => {
    const made = []
    for (let index = 0; index < 5; index += 1) made.push(await runAtGate(ctx))
    const ids = made.map(({ gate }) => gate)
    await ctx.db
      .update(gates)
      .set({ openedAt: new Date('2020-01-01T00:00:00Z'), overdue: true })
      .where(inArray(gates.id, ids))
    const walk = async (input: NonNullable<Parameters<typeof listGates>[0]['input']>) => {
      const seen: string[] = []
      let cursor: string | undefined
      do {
        const page = await listGates({ ctx, input: { ...input, limit: 2, ...(cursor ? { cursor } : {}) } })
        seen.push(...page.items.map(({ id }) => id))
        cursor = page.next ?? undefined
      } while (cursor)
      return seen
    }
    expect(await walk({ whose: 'mine', order: 'oldest', overdue: true })).toEqual([...ids].sort())
    for (const [index, { gate, evidence }] of made.entries()) {
      await decideGate({ ctx, input: { gate, decision: 'reject', evidence, reason: 'no' } })
      const closedAt = new Date(Date.UTC(2030, 0, 1 + index))
      await ctx.db.update(gates).set({ closedAt }).where(eq(gates.id, gate))
    }
    expect(await walk({ status: 'closed', overdue: true })).toEqual([...ids].reverse())
    await expect(listGates({ ctx, input: { cursor: 'nonsense' } })).rejects.toMatchObject({
      code: 'bad_request',
    })
  })

  test('a gate in the inbox says what its checks found, of its own commit alone', async () => {
    const { run } = await runAtGate(ctx)
    const found = (commit: string, failed: number) => ({
      id: newId(),
      runId: run,
      kind: 'tests',
      phase: 'change' as const,
      commit,
      data: { kind: 'tests', passed: 7, failed, exitCode: failed },
    })
    await ctx.db.insert(evidence).values([found('c'.repeat(40), 0), found('d'.repeat(40), 3)])
    const [item] = (await listGates({ ctx, input: { run } })).items
    expect(item?.glance).toEqual([{ verdict: 'good', words: '7 tests pass' }])
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
