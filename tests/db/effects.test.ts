import { eq } from 'drizzle-orm'
import { beforeAll, describe, expect, it, test } from 'vitest'
import { effects } from '@/drizzle/schema'
import { defaultConfig } from '@/lib/core/config'
import { holdNow } from '@/lib/db/fence'
import { createRecord } from '@/lib/db/record'
import { createStore } from '@/lib/db/store'
import type { Claim, Store } from '@/lib/engine/store'
import { AppError } from '@/lib/errors'
import { listAudit } from '@/lib/services/audit/list'
import type { ServiceContext } from '@/lib/services/context'
import { getRun } from '@/lib/services/runs/get'
import { signalRun } from '@/lib/services/runs/signal'
import type { StepRecord } from '@/lib/steps/ports'
import { describeDatabases, type TestDatabase } from '../support/database'
import { drain, goOn, passTime, runRow, scriptedEngine } from '../support/scripted-engine'
import { contextOf, someRun } from '../support/services'

describeDatabases((open) => {
  let opened: TestDatabase
  let ctx: ServiceContext
  let store: Store
  beforeAll(async () => {
    opened = await open()
    ctx = contextOf(opened)
    store = createStore(opened.database.db)
  })
  const claimed = async (): Promise<Claim> => {
    const claim = await store.claim({ owner: 'w', leaseMs: 60_000 })
    if (!claim) throw new Error('nothing is due')
    return claim
  }
  async function worker(claim: Claim, signal?: AbortSignal): Promise<StepRecord> {
    const run = await store.load(claim)
    const bead = await store.openBead(claim, run)
    const stop = signal === undefined ? {} : { signal }
    return createRecord({ db: ctx.db, claim, run, bead, config: async () => defaultConfig(), ...stop })
  }
  const told = async (run: string) =>
    (await listAudit({ ctx, input: { run, limit: 200 } })).items
      .filter(({ action }) => action.startsWith('effect.'))
      .map(({ action, data }) => `${action} ${data.attempts}`)
  const row = async (key: string) => (await ctx.db.select().from(effects).where(eq(effects.key, key)))[0]
  const effectOf = (run: string, more: object = {}) => ({
    key: `${run}:thing`,
    kind: 'thing',
    intent: { number: 7 },
    ...more,
  })

  it('is made once, with its intent before and its result after', async () => {
    const run = await someRun(ctx)
    const record = await worker(await claimed())
    let made = 0
    const make = async () => {
      expect(await row(`${run}:thing`)).toMatchObject({ intent: { number: 7 }, doneAt: null, attempts: 1 })
      await record.beforeWrite()
      made += 1
      return { made }
    }
    expect(await record.effect(effectOf(run), make)).toEqual({ made: 1 })
    expect(await record.effect(effectOf(run), make)).toEqual({ made: 1 })
    expect(await told(run)).toEqual(['effect.made 1'])
    await signalRun({ ctx, input: { kind: 'cancel', run } })
  })

  it('begun by a worker that died is looked for, and what is found is not made again', async () => {
    const run = await someRun(ctx)
    const first = await worker(await claimed())
    const lost = first.effect(effectOf(run), () => Promise.reject(new Error('the worker died')))
    await expect(lost).rejects.toThrow('died')
    await passTime(ctx.db, run, 'lease')
    const second = await worker(await claimed())
    const found = await second.effect(effectOf(run, { intent: { number: 8 } }), async () => ({ number: 7 }))
    expect(found).toEqual({ number: 7, found: true })
    expect(await row(`${run}:thing`)).toMatchObject({ intent: { number: 8 }, attempts: 2, result: found })
    expect(await told(run)).toEqual(['effect.reconciled 2'])
    await expect(first.effect(effectOf(run, { key: `${run}:late` }), async () => ({}))).rejects.toMatchObject(
      {
        code: 'lease_lost',
      },
    )
    expect(await row(`${run}:late`)).toBeUndefined()
    await signalRun({ ctx, input: { kind: 'cancel', run } })
  })

  it('whose worker loses the run, or is silent for too long, is not made any more', async () => {
    const run = await someRun(ctx)
    const record = await worker(await claimed())
    const late = record.effect(effectOf(run), async () => {
      await passTime(ctx.db, run, 'lease')
      await record.beforeWrite()
      return {}
    })
    await expect(late).rejects.toMatchObject({ code: 'lease_lost' })
    const heir = await worker(await claimed())
    await expect(record.beforeWrite()).rejects.toMatchObject({ code: 'internal' })
    const cancelled = heir.effect(effectOf(run), async () => {
      await signalRun({ ctx, input: { kind: 'cancel', run } })
      await heir.beforeWrite()
      return {}
    })
    await expect(cancelled).rejects.toMatchObject({ code: 'lease_lost' })
    const view = await getRun({ ctx, input: { run } })
    expect(view.status).toBe('cancelled')
    expect(view.effects).toMatchObject([{ kind: 'thing', outcome: 'unknown', attempts: 2, doneAt: null }])
    expect(await told(run)).toEqual([])
  })

  it('is not begun inside another, nor made without an intent, nor after the stop', async () => {
    const run = await someRun(ctx)
    const stop = new AbortController()
    const record = await worker(await claimed(), stop.signal)
    await expect(record.beforeWrite()).rejects.toMatchObject({ code: 'internal' })
    const inner = record.effect(effectOf(run), () =>
      record.effect(effectOf(run, { key: 'k' }), async () => ({})),
    )
    await expect(inner).rejects.toMatchObject({ code: 'internal' })
    const stopped = record.effect(effectOf(run), async () => {
      stop.abort()
      await record.beforeWrite()
      return {}
    })
    await expect(stopped).rejects.toMatchObject({ code: 'cancelled' })
    await signalRun({ ctx, input: { kind: 'cancel', run } })
  })

  it('that was refused after a part of it was made is an open question', async () => {
    const run = await someRun(ctx)
    const record = await worker(await claimed())
    const made = await record.effect(effectOf(run), async () => {
      await record.beforeWrite()
      await record.beforeWrite()
      return { refused: 'the second one is not allowed' }
    })
    expect(made).toEqual({ refused: 'the second one is not allowed' })
    expect(await told(run)).toEqual([])
    expect((await getRun({ ctx, input: { run } })).effects).toMatchObject([{ outcome: 'unknown' }])
    await signalRun({ ctx, input: { kind: 'cancel', run } })
  })

  it('waits for a database that is slow, however often that is met: no run ends for it', async () => {
    const run = await someRun(ctx)
    let now = 0
    let met = 0
    const engine = scriptedEngine(ctx.db, async (work) => {
      // Each look takes a minute.
      const slow = () =>
        holdNow(
          async () => 40_000,
          () => (now += 60_000),
        )
      if (work.bead.step === 'coder' && met++ < 7) await slow()
      return goOn(work, ['prepare', 'coder'])
    })
    for (let tries = 0; tries < 10; tries += 1) {
      await drain(engine)
      const { status } = await runRow(ctx.db, run)
      if (status === 'succeeded' || status === 'failed') break
      await passTime(ctx.db, run, 'wait')
    }
    expect(met).toBe(8)
    expect(await runRow(ctx.db, run)).toMatchObject({ status: 'succeeded' })
  })

  it('that was refused is kept as that', async () => {
    const run = await someRun(ctx)
    const record = await worker(await claimed())
    await record.effect(effectOf(run), async () => ({ refused: 'the token may not do this' }))
    expect(await told(run)).toEqual(['effect.refused 1'])
    expect((await getRun({ ctx, input: { run } })).effects).toMatchObject([{ outcome: 'refused' }])
    await signalRun({ ctx, input: { kind: 'cancel', run } })
  })
})

describe('the last look at a lease', () => {
  /** A clock by which each look takes so long. */
  const looks = (...took: number[]) => {
    let now = 0
    let count = 0
    const left = (ms: number | null) => async () => {
      now += took[Math.min(count++, took.length - 1)] ?? 0
      return ms
    }
    return { left, clock: () => now, count: () => count }
  }

  test('is believed while it is fresh', async () => {
    const at = looks(5)
    await holdNow(at.left(40_000), at.clock)
    await holdNow(at.left(null), at.clock)
    expect(at.count()).toBe(2)
  })

  test.each([
    ['a process was stopped meanwhile', 90_000, 40_000],
    ['the lease ends before the answer is there', 800, 500],
  ])('is done again when %s', async (_why, took, ms) => {
    const at = looks(took, 1)
    await holdNow(at.left(ms), at.clock)
    expect(at.count()).toBe(2)
  })

  test('gives up on a database that does not answer in time, and passes on what it says', async () => {
    const at = looks(60_000)
    await expect(holdNow(at.left(40_000), at.clock)).rejects.toMatchObject({
      code: 'unavailable',
      transient: true,
    })
    const lost = new AppError('lease_lost', 'gone')
    await expect(holdNow(() => Promise.reject(lost), at.clock)).rejects.toBe(lost)
  })
})
