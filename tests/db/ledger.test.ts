import { eq, sql } from 'drizzle-orm'
import fc from 'fast-check'
import { beforeAll, expect, test } from 'vitest'
import { budgetAccounts } from '@/drizzle/schema'
import type { Db } from '@/lib/db/client'
import { reserve, settleReservation } from '@/lib/db/ledger'
import type { ServiceContext } from '@/lib/services/context'
import { describeDatabases } from '../support/database'
import { accountOf } from '../support/ledger'
import { contextOf, someRun } from '../support/services'

describeDatabases((open, driver) => {
  let ctx: ServiceContext
  let db: Db
  let runId: string
  let names = 0
  beforeAll(async () => {
    ctx = contextOf(await open())
    db = ctx.db
    runId = await someRun(ctx)
  })
  const fresh = (): string => `test:${++names}`
  const hold = (keys: readonly string[], limit: number | null, micros: number, leaseToken = 1) =>
    db.transaction((tx) =>
      reserve(tx, { runId, accounts: keys.map((key) => ({ key, limitMicros: limit })), micros, leaseToken }),
    )
  const settle = (id: string, spent: number) => db.transaction((tx) => settleReservation(tx, id, spent))

  test('what is held and spent never passes the limit, however many reserve and settle at once', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(
          fc.record({ micros: fc.nat({ max: 60 }), part: fc.nat({ max: 100 }), turned: fc.boolean() }),
          {
            minLength: 5,
            maxLength: 24,
          },
        ),
        async (wanted) => {
          const [a, b, own] = [fresh(), fresh(), fresh()]
          const spent = await Promise.all(
            wanted.map(async ({ micros, part, turned }, i) => {
              const keys = turned ? [b, a, `${own}:${i % 3}`] : [`${own}:${i % 3}`, a, b]
              const held = await hold(keys, 100, micros)
              if (!held.ok) return 0
              const account = await accountOf(db, a)
              expect((account?.spentMicros ?? 0) + (account?.reservedMicros ?? 0)).toBeLessThanOrEqual(100)
              const real = Math.floor((micros * part) / 100)
              await settle(held.id, real)
              return real
            }),
          )
          const total = spent.reduce((sum, one) => sum + one, 0)
          expect(total).toBeLessThanOrEqual(100)
          for (const key of [a, b]) {
            expect(await accountOf(db, key)).toMatchObject({ spentMicros: total, reservedMicros: 0 })
          }
        },
      ),
      { numRuns: driver === 'pg' ? 25 : 8 },
    )
  })

  test('an account without room refuses, in words, and nothing is held on the others', async () => {
    const [big, small] = [fresh(), fresh()]
    await hold([big], 1_000, 0)
    await db.insert(budgetAccounts).values({ key: small, limitMicros: 10 })
    const held = await db.transaction((tx) =>
      reserve(tx, {
        runId,
        accounts: [
          { key: big, limitMicros: 1_000 },
          { key: small, limitMicros: 10 },
        ],
        micros: 11,
        leaseToken: 1,
      }),
    )
    expect(held).toMatchObject({ ok: false, reason: expect.stringContaining('budget') })
    expect(await accountOf(db, big)).toMatchObject({ reservedMicros: 0 })
  })

  test('exactly the limit is still within it; no limit is never passed', async () => {
    expect(await hold([fresh()], 100, 100)).toMatchObject({ ok: true })
    expect(await hold([fresh()], 100, 101)).toMatchObject({ ok: false })
    expect(await hold([fresh()], null, 10 ** 12)).toMatchObject({ ok: true })
  })

  test('settled twice counts once; given back leaves nothing', async () => {
    const key = fresh()
    const held = await hold([key], 100, 60)
    if (!held.ok) throw new Error(held.reason)
    await settle(held.id, 20)
    await settle(held.id, 20)
    expect(await accountOf(db, key)).toMatchObject({ spentMicros: 20, reservedMicros: 0 })
    const back = await hold([key], 100, 80)
    if (!back.ok) throw new Error(back.reason)
    await settle(back.id, 0)
    expect(await accountOf(db, key)).toMatchObject({ spentMicros: 20, reservedMicros: 0 })
  })

  test('what a dead worker held is spent; what a living one holds is not touched', async () => {
    const key = fresh()
    await hold([key], 100, 30, 5)
    await hold([key], 100, 40, 6)
    await db.transaction((tx) => tx.execute(sql`select devpilot_settle_orphans(${runId}::uuid, 6)`))
    expect(await accountOf(db, key)).toMatchObject({ spentMicros: 30, reservedMicros: 40 })
    expect(await db.select().from(budgetAccounts).where(eq(budgetAccounts.key, key))).toHaveLength(1)
  })
})
