import { eq, sql } from 'drizzle-orm'
import { beforeAll, expect, test } from 'vitest'
import { auditLog } from '@/drizzle/schema'
import { appendAudit, auditHash, canonical, GENESIS } from '@/lib/db/audit'
import { verifyAudit } from '@/lib/services/audit/verify'
import type { ServiceContext } from '@/lib/services/context'
import { asLogin, describeDatabases } from '../support/database'
import { contextOf, user } from '../support/services'

describeDatabases((open) => {
  let ctx: ServiceContext
  beforeAll(async () => {
    ctx = contextOf(await open())
  })
  const add = (action: string, data: Record<string, unknown> = {}) =>
    ctx.db.transaction((tx) => appendAudit(tx, { runId: null, actor: user('ada'), action, data }))
  const chain = () =>
    ctx.db.select().from(auditLog).where(eq(auditLog.chain, 'installation')).orderBy(auditLog.seq)

  test('writers at once keep the chain whole', async () => {
    await Promise.all(Array.from({ length: 40 }, (_, i) => add('test.written', { i })))
    const rows = await chain()
    expect(rows.map(({ seq }) => seq)).toEqual(rows.map((_, i) => i + 1))
    expect(rows.map(({ prevHash }) => prevHash)).toEqual([
      GENESIS,
      ...rows.slice(0, -1).map(({ hash }) => hash),
    ])
    for (const row of rows) expect(auditHash(row)).toBe(row.hash)
    expect(await verifyAudit({ ctx })).toMatchObject({ ok: true, entries: 40 })
  })

  test.each<[string, Record<string, unknown>]>([
    ['a key', { text: 'sk-abcdefghijklmnopqrstuvwx' }],
    ['a port, then an at sign in the next value', { a: 'http://localhost:3000', b: '@scope/x' }],
    ['NUL and half an emoji', { text: 'a\0b\ud83d' }],
    ['numbers that JSON writes in its own way', { a: 1e21, b: -0, c: 0.1, d: 1e-7 }],
    ['nothing', { a: null, b: undefined, c: [], d: {} }],
    ['a private key with a quote after it', { a: '-----BEGIN RSA PRIVATE KEY-----', b: 'x' }],
  ])('an entry with %s verifies, and holds no secret', async (_what, data) => {
    await add('test.odd', data)
    expect(await verifyAudit({ ctx })).toMatchObject({ ok: true, broken: null })
    expect(JSON.stringify((await chain()).at(-1)?.data)).not.toContain('sk-abc')
  })

  test.each([
    ['update', sql`update audit_log set action = 'x'`],
    ['delete', sql`delete from audit_log`],
    ['truncate', sql`truncate audit_log`],
    ['truncate, cascading', sql`truncate audit_log cascade`],
  ])('%s is refused by the database itself', async (_what, statement) => {
    const before = (await chain()).length
    const refusal = (tried: Promise<unknown>) =>
      tried.then(
        () => 'done',
        (error: Error) => String(error.cause ?? error),
      )
    // By what our role was granted, and for whoever owns the table by a trigger.
    expect(await refusal(ctx.db.execute(statement))).toContain('permission denied')
    expect(await refusal(asLogin(ctx.db, statement))).toContain('append-only')
    expect((await chain()).length).toBe(before)
  })

  test('an entry is gone with the transaction that it records', async () => {
    const before = (await chain()).length
    const failing = ctx.db.transaction(async (tx) => {
      await appendAudit(tx, { runId: null, actor: user('ada'), action: 'test.undone', data: {} })
      throw new Error('undo')
    })
    await expect(failing).rejects.toThrow('undo')
    expect((await chain()).length).toBe(before)
  })

  test('somebody who gets round the trigger is found by verify', async () => {
    await asLogin(
      ctx.db,
      sql`alter table audit_log disable trigger all`,
      sql`update audit_log set data = '{"i": 999}' where seq = 7`,
      sql`alter table audit_log enable trigger all`,
    )
    expect(await verifyAudit({ ctx })).toMatchObject({ ok: false, broken: { seq: 7 } })
  })

  test('the canonical form does not depend on the order of keys', () => {
    expect(canonical({ b: 1, a: { d: 1, c: [{ f: 1, e: 2 }] } })).toBe(
      canonical({ a: { c: [{ e: 2, f: 1 }], d: 1 }, b: 1 }),
    )
  })
})
