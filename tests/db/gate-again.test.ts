import { asc, eq } from 'drizzle-orm'
import { beforeAll, expect, test } from 'vitest'
import { gates, notifications, runEvents, runs } from '@/drizzle/schema'
import { defaultConfig } from '@/lib/core/config'
import { createRecord } from '@/lib/db/record'
import { createStore } from '@/lib/db/store'
import type { Store } from '@/lib/engine/store'
import { listAudit } from '@/lib/services/audit/list'
import { verifyAudit } from '@/lib/services/audit/verify'
import type { ServiceContext } from '@/lib/services/context'
import { describeDatabases } from '../support/database'
import { passTime } from '../support/scripted-engine'
import { contextOf, mainGate, someRun } from '../support/services'

describeDatabases((open) => {
  let ctx: ServiceContext
  let store: Store
  beforeAll(async () => {
    ctx = contextOf(await open())
    store = createStore(ctx.db)
  })
  const policy = { ...mainGate, notify: ['github'] }
  const opening = (tip: string) => ({
    name: 'pre-merge-main',
    reason: 'The flow asks for approval.',
    policy,
    leadsTo: 'merge',
    diff: `diff on ${tip}\n`,
    evidenceHash: tip.repeat(64),
    baseSha: tip.repeat(40),
    headSha: 'c'.repeat(40),
  })

  /** A worker opens the gate as the target is then, and dies before it can say so. */
  async function opened(run: string, tip: string): Promise<void> {
    const claim = await store.claim({ owner: 'w', leaseMs: 60_000 })
    if (claim?.runId !== run) throw new Error('another run was due')
    const bead = await store.openBead(claim, await store.load(claim))
    const loaded = await store.load(claim)
    const record = createRecord({ db: ctx.db, claim, run: loaded, bead, config: async () => defaultConfig() })
    await record.openGate(opening(tip))
    await passTime(ctx.db, run, 'lease')
  }
  const gatesOf = (run: string) =>
    ctx.db.select().from(gates).where(eq(gates.runId, run)).orderBy(asc(gates.openedAt), asc(gates.id))
  const told = async (run: string) =>
    (await listAudit({ ctx, input: { run, limit: 100 } })).items
      .filter(({ action }) => action.startsWith('gate.'))
      .map(({ action, data }) => `${action} ${String(data.evidence).slice(0, 2)}`)
      .reverse()
  const said = async (run: string) =>
    (await ctx.db.select().from(runEvents).where(eq(runEvents.runId, run)).orderBy(asc(runEvents.id)))
      .filter(({ kind }) => kind === 'gate')
      .map(({ data }) => `${data.status} ${data.id}`)

  test('a gate that is opened again is about what is there now', async () => {
    const run = await someRun(ctx)
    await opened(run, 'a')
    await opened(run, 'a')
    expect((await gatesOf(run)).length, 'once for the same evidence').toBe(1)
    await opened(run, 'b')
    const [first, second, ...more] = await gatesOf(run)
    expect(first).toMatchObject({ status: 'void', evidenceHash: 'a'.repeat(64), closedAt: expect.any(Date) })
    expect(second).toMatchObject({ status: 'waiting', evidenceHash: 'b'.repeat(64), baseSha: 'b'.repeat(40) })
    expect([more, second?.beadId]).toEqual([[], first?.beadId])
    expect(second?.diffArtifactId).not.toBe(first?.diffArtifactId)
    expect(await told(run)).toEqual(['gate.opened aa', 'gate.voided aa', 'gate.opened bb'])
    expect(await said(run)).toEqual([`waiting ${first?.id}`, `void ${first?.id}`, `waiting ${second?.id}`])
    expect((await verifyAudit({ ctx, input: { run } })).ok).toBe(true)
    const news = await ctx.db.select().from(notifications).where(eq(notifications.runId, run))
    expect(news.map(({ gateId }) => gateId).sort()).toEqual([first?.id, second?.id].sort())
    await ctx.db.update(runs).set({ status: 'cancelled' }).where(eq(runs.id, run))
  })
})
