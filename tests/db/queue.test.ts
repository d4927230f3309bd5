import { eq, sql } from 'drizzle-orm'
import { beforeEach, describe, expect, test } from 'vitest'
import { duties, jobs, repositories, runs, statusTotals, workers } from '@/drizzle/schema'
import type { Caps } from '@/lib/db/caps'
import type { Db } from '@/lib/db/client'
import { newId } from '@/lib/db/ids'
import { createStore } from '@/lib/db/store'
import { createTemporalStore, reopenAbandoned, temporalOwner } from '@/lib/db/temporal'
import { dutyDone, takeDuty, workerGone, workerSeen } from '@/lib/db/workers'
import type { Claim } from '@/lib/engine/store'
import type { ServiceContext } from '@/lib/services/context'
import { describeDatabases } from '../support/database'
import { contextOf, someRun } from '../support/services'

describeDatabases((open) => {
  let ctx: ServiceContext
  let db: Db
  beforeEach(async () => {
    ctx = contextOf(await open())
    db = ctx.db
  })

  /** Runs of a repository of this name, ready in this order. */
  const queue = async (name: string, count: number, priority = 0): Promise<string[]> => {
    const [known] = await db.select().from(repositories).where(eq(repositories.name, name))
    const repositoryId = known?.id ?? newId()
    if (!known)
      await db
        .insert(repositories)
        .values({ id: repositoryId, name, forge: 'local', source: `/${name}`, defaultBranch: 'main' })
    const ids: string[] = []
    for (let i = 0; i < count; i += 1) {
      const id = await someRun(ctx)
      await db.update(runs).set({ repositoryId }).where(eq(runs.id, id))
      await db.update(jobs).set({ repositoryId, priority }).where(eq(jobs.runId, id))
      ids.push(id)
    }
    return ids
  }
  const claims = async (count: number, caps: Caps = {}): Promise<Claim[]> => {
    const store = createStore(db, caps)
    const got: Claim[] = []
    for (let i = 0; i < count; i += 1) {
      const claim = await store.claim({ owner: `w${i}`, leaseMs: 60_000 })
      if (claim) got.push(claim)
    }
    return got
  }
  const idsOf = (found: readonly Claim[]) => found.map(({ runId }) => runId)

  describe('turns', () => {
    test('one run of a small repository does not wait behind all of a large one', async () => {
      const large = await queue('large', 5)
      const small = await queue('small', 1)
      expect(idsOf(await claims(3))).toEqual([large[0], ...small, large[1]])
    })

    test('a repository with fewer runs under way goes first, then the one that was served longest ago', async () => {
      const a = await queue('a', 3)
      const b = await queue('b', 3)
      const first = await claims(4)
      expect(idsOf(first)).toEqual([a[0], b[0], a[1], b[1]])
      const store = createStore(db)
      for (const claim of first.slice(1)) await store.handBack(claim)
      // a[0] is under way: b is next, with what it handed back first of its own.
      expect((await claims(1))[0]?.runId).toBe(b[2])
    })

    test('priority goes before turns, and before age within a repository', async () => {
      const low = await queue('a', 2)
      const urgent = await queue('a', 1, 5)
      const other = await queue('b', 1, 1)
      expect(idsOf(await claims(4))).toEqual([...urgent, ...other, ...low])
    })
  })

  describe('caps', () => {
    test('no more runs in all than the cap, however many claim at once', async () => {
      await queue('a', 6)
      await queue('b', 6)
      const store = createStore(db, { maxActive: 3 })
      const got = await Promise.all(
        Array.from({ length: 10 }, (_, i) => store.claim({ owner: `w${i}`, leaseMs: 60_000 })),
      )
      expect(got.filter((claim) => claim !== null)).toHaveLength(3)
      const held = got.find((claim) => claim !== null)
      if (!held) throw new Error('nothing was claimed')
      await store.handBack(held)
      expect(await claims(5, { maxActive: 3 })).toHaveLength(1)
    })

    test('no more of one repository than its cap, its own before the general one', async () => {
      const a = await queue('a', 4)
      const b = await queue('b', 4)
      await db.update(repositories).set({ maxActive: 1 }).where(eq(repositories.name, 'b'))
      const got = idsOf(await claims(8, { maxActivePerRepository: 2 }))
      expect(got.filter((id) => a.includes(id))).toHaveLength(2)
      expect(got.filter((id) => b.includes(id))).toHaveLength(1)
    })
  })

  describe('under Temporal', () => {
    const storeOf = (caps: Caps) => createTemporalStore(db, createStore(db, caps))
    const late = (id: string) =>
      db
        .update(jobs)
        .set({ state: 'delayed', dueAt: sql`now() - interval '1 second'` })
        .where(eq(jobs.runId, id))
    const jobOf = async (id: string) => (await db.select().from(jobs).where(eq(jobs.runId, id)))[0]

    test.each([
      ['of all', { maxActive: 1 }],
      ['of each repository', { maxActivePerRepository: 1 }],
      ['of one repository', {}],
    ] as const)('a run that comes back from a delay keeps to the cap %s', async (what, caps) => {
      const [first = '', second = ''] = await queue('a', 2)
      if (what === 'of one repository') await db.update(repositories).set({ maxActive: 1 })
      const store = storeOf(caps)
      await late(second)
      const claim = await store.claim({ owner: temporalOwner(), leaseMs: null })
      if (!claim) throw new Error('nothing was claimed')
      const back = claim.runId === first ? second : first
      await late(back)
      expect(await store.claimRun({ runId: back, orphan: null })).toBeNull()
      expect(await jobOf(back), 'the pump hands it over').toMatchObject({ state: 'ready' })
      expect((await store.look(back)).dueInMs, 'its workflow waits for that').toBeNull()
      // Of a run that is at work already, another workflow may take over the place.
      const orphan = { runId: claim.runId, orphan: claim.token }
      const taken = await store.claimRun(orphan)
      expect(taken).toMatchObject({ token: claim.token + 1 })
      await db.update(jobs).set({ state: 'parked' }).where(eq(jobs.runId, claim.runId))
      expect(await store.claimRun({ runId: back, orphan: null })).toMatchObject({ runId: back })
    })

    test('of many that come back at once no more are taken than there are places', async () => {
      const ids = await queue('a', 8)
      for (const id of ids) await late(id)
      const store = storeOf({ maxActive: 3 })
      const taken = await Promise.all([
        ...ids.map((runId) => store.claimRun({ runId, orphan: null })),
        ...ids.map(() => store.claim({ owner: temporalOwner(), leaseMs: null })),
      ])
      expect(taken.filter((one) => one !== null)).toHaveLength(3)
      expect(await db.select().from(jobs).where(eq(jobs.state, 'leased'))).toHaveLength(3)
    })
  })

  describe('states', () => {
    test('put off, a run is delayed; its failures are counted until it comes further', async () => {
      const [run] = await queue('a', 1)
      const store = createStore(db)
      const claim = (await claims(1))[0]
      if (!claim || !run) throw new Error('nothing was claimed')
      await store.putOff(claim, 3_600_000)
      expect(await claims(1)).toEqual([])
      expect(await store.nextDueInMs()).toBeGreaterThan(3_000_000)
      await db.update(jobs).set({ dueAt: sql`now()` }).where(eq(jobs.runId, run))
      expect((await claims(1))[0]).toMatchObject({ runId: run, failures: 1 })
    })

    test('a lease that ran out is taken over; the first worker can neither beat nor give back', async () => {
      await queue('a', 1)
      const store = createStore(db)
      const old = (await claims(1))[0]
      if (!old) throw new Error('nothing was claimed')
      await db.update(jobs).set({ leaseUntil: sql`now() - interval '1 second'` })
      const heir = (await claims(1))[0]
      expect(heir?.token).toBe(old.token + 1)
      await expect(store.heartbeat(old, 60_000)).rejects.toMatchObject({ code: 'lease_lost' })
      await expect(store.handBack(old)).rejects.toMatchObject({ code: 'lease_lost' })
      await store.putOff(old, 0)
      expect(await db.select().from(jobs)).toMatchObject([{ state: 'leased', failures: 0 }])
    })

    test('a lease without an end lasts until it is given back', async () => {
      await queue('a', 1)
      const store = createStore(db)
      const claim = await store.claim({ owner: 'w', leaseMs: null })
      if (!claim) throw new Error('nothing was claimed')
      expect(await store.nextDueInMs()).toBeNull()
      expect(await claims(1)).toEqual([])
      await store.handBack(claim)
      expect(await claims(1)).toHaveLength(1)
    })
  })

  test('what Temporal had goes on without it, once none of its workers has been seen for a minute', async () => {
    const [run] = await queue('a', 1)
    const store = createTemporalStore(db, createStore(db))
    const claim = await store.claim({ owner: temporalOwner(), leaseMs: 60_000 })
    if (!claim) throw new Error('nothing was claimed')
    await store.confirm(claim)
    const row = {
      id: 't',
      host: 'h',
      pid: 1,
      engine: 'temporal',
      concurrency: 1,
      version: '1',
      draining: false,
    } as const
    await workerSeen(db, row)
    expect(await reopenAbandoned(db)).toEqual([])
    await db.update(workers).set({ seenAt: sql`now() - interval '2 minutes'` })
    expect(await reopenAbandoned(db)).toEqual([run])
    await expect(store.heartbeat(claim, 1_000)).rejects.toMatchObject({ code: 'lease_lost' })
    expect((await claims(1))[0]?.runId).toBe(run)
  })

  test('a step that never comes to a border in its time is not begun for ever; one that a person stopped may be', async () => {
    await queue('a', 1)
    const store = createStore(db)
    const begun = async (blameless: boolean) => {
      const [claim] = await claims(1)
      if (!claim) throw new Error('nothing was claimed')
      const bead = await store.openBead(claim, await store.load(claim))
      await store.handBack(claim, blameless)
      return bead.begun
    }
    expect([await begun(true), await begun(true), await begun(false), await begun(false)]).toEqual([
      1, 1, 1, 2,
    ])
  })

  test('runs that change their status both ways at once do not wait for each other in a circle', async () => {
    const ids = await queue('a', 16)
    const flip = async (id: string, times: number) => {
      for (let i = 0; i < times; i += 1) {
        const status = i % 2 === 0 ? 'waiting_gate' : 'running'
        await db.transaction(async (tx) => {
          await tx.update(runs).set({ status }).where(eq(runs.id, id))
          await tx.execute(sql`select 1`)
        })
      }
    }
    await Promise.all(ids.map((id, i) => flip(id, 10 + (i % 2))))
    const totals = await db.select().from(statusTotals)
    const of = (name: string) => totals.find(({ status }) => status === name)?.count
    expect([of('running'), of('waiting_gate')]).toEqual([8, 8])
  })

  describe('duties and workers', () => {
    test('a duty goes to one of many, and to none before its time', async () => {
      const taken = await Promise.all(
        Array.from({ length: 8 }, (_, i) => takeDuty(db, 'sweep', 60_000, `w${i}`)),
      )
      expect(taken.filter(Boolean)).toHaveLength(1)
      await dutyDone(db, 'sweep')
      expect(await takeDuty(db, 'sweep', 60_000, 'w')).toBe(false)
      await db.update(duties).set({ dueAt: sql`now()` })
      expect(await takeDuty(db, 'sweep', 60_000, 'late')).toBe(true)
      expect((await db.select().from(duties))[0]).toMatchObject({ name: 'sweep', doneBy: 'late' })
    })

    test('a worker is there while it lives; rows of the long gone are removed', async () => {
      const row = {
        host: 'h',
        pid: 1,
        engine: 'embedded',
        concurrency: 2,
        version: '1',
        draining: false,
      } as const
      await workerSeen(db, { ...row, id: 'h:1:2' })
      await workerSeen(db, { ...row, id: 'h:1:2', draining: true })
      await workerSeen(db, { ...row, id: 'gone' })
      expect(await db.select().from(workers)).toMatchObject([{ id: 'h:1:2', draining: true }, { id: 'gone' }])
      await db.update(workers).set({ seenAt: sql`now() - interval '2 days'` }).where(eq(workers.id, 'gone'))
      await workerGone(db, 'h:1:2')
      expect(await db.select().from(workers)).toEqual([])
    })
  })
})
