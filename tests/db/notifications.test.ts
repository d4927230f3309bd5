import { eq, sql } from 'drizzle-orm'
import { beforeAll, expect, it } from 'vitest'
import { notifications, runs } from '@/drizzle/schema'
import { route } from '@/lib/core/route'
import type { Db } from '@/lib/db/client'
import { notifyGate } from '@/lib/db/notifications'
import { createStore } from '@/lib/db/store'
import { AppError } from '@/lib/errors'
import type { Forge } from '@/lib/forge/forge'
import { createLocalForge } from '@/lib/forge/local'
import { createMemoryStore } from '@/lib/forge/local/memory-store'
import { deliverNotifications } from '@/lib/runtime/notifications'
import { listAudit } from '@/lib/services/audit/list'
import type { ServiceContext } from '@/lib/services/context'
import { decideGate } from '@/lib/services/gates/decide'
import { describeDatabases } from '../support/database'
import { makeRepository, temporaryFolder } from '../support/repos'
import { contextOf, mainGate, runAtGate } from '../support/services'

describeDatabases((open) => {
  let ctx: ServiceContext
  let db: Db
  beforeAll(async () => {
    ctx = contextOf(await open())
    db = ctx.db
  })
  const rows = (run: string) => db.select().from(notifications).where(eq(notifications.runId, run))
  const told = async (run: string) =>
    (await listAudit({ ctx, input: { run, limit: 100 } })).items
      .map(({ action }) => action)
      .filter((action) => action.startsWith('notification.'))
  const policy = { ...mainGate, notify: ['github', 'slack'] }

  /** A gate that waits, of an issue that can be written on. */
  async function asked() {
    const at = await runAtGate(ctx)
    await db
      .update(runs)
      .set({ task: { title: 'T', body: '', issue: 7 } })
      .where(eq(runs.id, at.run))
    await db.transaction((tx) => notifyGate(tx, { id: at.gate, runId: at.run, policy }, 'opened'))
    return at
  }

  /** A repository with an issue 7, and its comments. */
  function forge() {
    const folder = temporaryFolder('notify')
    const store = createMemoryStore()
    const issue = '---\ntitle: Wrong\nauthor: ada\n---\nIt is wrong.\n'
    const repositoryPath = makeRepository(folder.path, { '.devpilot/issues/7.md': issue })
    const forgeOf = async (_run: unknown, beforeWrite: () => Promise<void>): Promise<Forge> =>
      createLocalForge({ repositoryPath, store, urlFor: String, beforeWrite })
    const said = async () => (await store.comments(7)).map(({ body }) => body)
    return { forgeOf, said, close: folder.dispose }
  }
  const deliver = (forgeOf: Parameters<typeof deliverNotifications>[0]['forgeOf'], more: object = {}) =>
    deliverNotifications({
      db,
      forgeOf,
      runUrl: (run) => `http://x.test/runs/${run}`,
      random: () => 0,
      ...more,
    })

  it('is delivered once, with all that a decision needs, for channels that there are', async () => {
    const { run, gate, evidence } = await asked()
    await db.transaction((tx) => notifyGate(tx, { id: gate, runId: run, policy }, 'opened'))
    const { forgeOf, said, close } = forge()
    const sent = await Promise.all([deliver(forgeOf), deliver(forgeOf)])
    expect(sent.reduce((sum, count) => sum + count)).toBe(1)
    expect(await deliver(forgeOf)).toBe(0)
    const [text = '', ...more] = await said()
    expect(more).toEqual([])
    for (const part of [
      evidence,
      `/runs/${run}`,
      `devpilot gate approve ${gate}`,
      'merge into main',
      'One person',
    ])
      expect(text).toContain(part)
    expect(await rows(run)).toMatchObject([{ channel: 'github', dueAt: null, error: null, attempts: 1 }])
    expect(await told(run)).toEqual(['notification.sent'])
    close()
  })

  const expire = () => db.update(notifications).set({ leaseUntil: sql`now() - interval '1 minute'` })

  it('is not made by a worker that another has overtaken', async () => {
    const { run } = await asked()
    const { forgeOf, said, close } = forge()
    const refusals: unknown[] = []
    const late = deliver((what, beforeWrite) =>
      forgeOf(what, async () => {
        await expire()
        const other = await deliver(async (same, inner) => {
          refusals.push(await beforeWrite().catch((error: unknown) => error))
          return forgeOf(same, inner)
        })
        expect(other).toBe(1)
        await beforeWrite()
      }),
    )
    expect(await late).toBe(0)
    expect(refusals).toMatchObject([{ code: 'lease_lost' }])
    expect(await said()).toHaveLength(1)
    expect(await rows(run)).toMatchObject([{ dueAt: null, error: null, attempts: 2 }])
    expect(await told(run)).toEqual(['notification.sent'])
    close()
  })

  it('that was made by a worker that died before it could say so is found', async () => {
    const { run } = await asked()
    const { forgeOf, said, close } = forge()
    const dying = deliver(async (what, beforeWrite) => {
      const real = await forgeOf(what, beforeWrite)
      const comment: Forge['comment'] = async (number, input) => {
        await real.comment(number, input)
        await db.update(notifications).set({ leaseToken: 99 }).where(eq(notifications.runId, run))
      }
      return { ...real, comment }
    })
    await dying
    expect(await rows(run)).toMatchObject([{ doneAt: null }])
    await expire()
    expect(await deliver(forgeOf)).toBe(1)
    expect(await said()).toHaveLength(1)
    const { items } = await listAudit({ ctx, input: { run, limit: 100 } })
    const sent = items.filter(({ action }) => action === 'notification.sent')
    expect(sent.map(({ data }) => data.found)).toEqual([true])
    close()
  })

  it('is tried again for longer each time, and given up after eight times, with why', async () => {
    const { run } = await asked()
    const broken = async (): Promise<Forge> => {
      throw new AppError('forge_error', 'GitHub answered 500', { transient: true })
    }
    for (let time = 1; time <= 9; time++) {
      expect(await deliver(broken)).toBe(0)
      const [row] = await rows(run)
      expect(row?.attempts).toBe(Math.min(time, 8))
      if (time < 8) expect(row?.dueAt?.getTime()).toBeGreaterThan(Date.now() + 1_000)
      await db
        .update(notifications)
        .set({ dueAt: sql`now()` })
        .where(sql`run_id = ${run} and due_at is not null`)
    }
    expect(await rows(run)).toMatchObject([{ dueAt: null, doneAt: null, error: 'GitHub answered 500' }])
    expect(await told(run)).toEqual(['notification.given_up'])
  })

  it('of a gate that was decided meanwhile is dropped', async () => {
    const { run, gate, evidence } = await asked()
    await decideGate({ ctx, input: { gate, decision: 'approve', evidence } })
    const { forgeOf, said, close } = forge()
    expect(await deliver(forgeOf)).toBe(0)
    expect([await said(), await told(run)]).toEqual([[], ['notification.dropped']])
    close()
  })

  it('of a gate that is decided while its forge is waited for is dropped', async () => {
    const { run, gate, evidence } = await asked()
    const { forgeOf, said, close } = forge()
    const sent = await deliver(async (about, beforeWrite) => {
      await decideGate({ ctx, input: { gate, decision: 'approve', evidence } })
      return forgeOf(about, beforeWrite)
    })
    expect([sent, await said(), await told(run)]).toEqual([0, [], ['notification.dropped']])
    close()
  })

  it('is kept when a gate is overdue, in the same transaction', async () => {
    const { run, gate } = await runAtGate(ctx)
    await db.execute(
      sql`update gates set policy = ${JSON.stringify({ ...policy, timeoutHours: 1 })}::jsonb where id = ${gate}`,
    )
    await db.execute(
      sql`update jobs set state = 'delayed', due_at = now() - interval '1 second', priority = 9 where run_id = ${run}`,
    )
    const store = createStore(db)
    const claim = await store.claim({ owner: 'w', leaseMs: 60_000 })
    expect(claim?.runId).toBe(run)
    if (!claim) return
    const loaded = await store.load(claim)
    await store.lapse(claim, loaded, route(loaded.state, { kind: 'timeout' }))
    expect(await rows(run)).toMatchObject([{ what: 'overdue', channel: 'github', gateId: gate }])
  })
})
