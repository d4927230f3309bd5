import { eq, sql } from 'drizzle-orm'
import { beforeAll, describe, expect, test } from 'vitest'
import { apiKeys, sessions, signInAttempts } from '@/drizzle/schema'
import { type Database, type Db, sha256 } from '@/lib/db/client'
import { newId } from '@/lib/db/ids'
import type { AppError } from '@/lib/errors'
import type { ServiceContext } from '@/lib/services/context'
import { createKey } from '@/lib/services/keys/create'
import { findKey } from '@/lib/services/keys/find'
import { listKeys } from '@/lib/services/keys/list'
import { revokeAllKeys, revokeKey } from '@/lib/services/keys/revoke'
import { endAllSessions, endOtherSessions, endSession } from '@/lib/services/sessions/end'
import { findSession } from '@/lib/services/sessions/find'
import { listSessions } from '@/lib/services/sessions/list'
import { type KnownBrowser, signInWithPassword } from '@/lib/services/sign-in/with-password'
import { signInWithToken } from '@/lib/services/sign-in/with-token'
import { changeRole } from '@/lib/services/users/change'
import { setPassword } from '@/lib/services/users/own'
import { describeDatabases } from '../support/database'
import { code, PASSWORD, type People, peopleOf } from '../support/people'

describeDatabases((open) => {
  let database: Database
  let auth: Db
  let owner: ServiceContext
  let as: People['as']
  let member: People['member']
  let audited: People['audited']
  beforeAll(async () => {
    ;({ database, auth, owner, as, member, audited } = peopleOf(await open()))
  })

  describe('passwords', () => {
    test('thousands of wrong ones: refused, then 429 for the right one too; others are let in', async () => {
      await member('grace', 'viewer')
      await member('heidi', 'viewer')
      const sign = (email: string, password: string) =>
        code(signInWithPassword({ db: auth, input: { email, password }, agent: '' }))
      expect(await sign('GRACE@example.com', PASSWORD)).toBe('done')
      const many = await Promise.all(Array.from({ length: 14 }, () => sign('grace@example.com', 'wrong')))
      expect(many.filter((one) => one === 'unauthorized')).toHaveLength(10)
      for (let i = 0; i < 1_000; i += 1) expect(await sign('grace@example.com', 'wrong')).toBe('rate_limited')
      expect(await sign('grace@example.com', PASSWORD)).toBe('rate_limited')
      expect(await sign('heidi@example.com', PASSWORD)).toBe('done')
    })

    test('strangers who try an address keep its owner out of no browser that knows it, and gain no tries by that', async () => {
      await member('quinn', 'viewer')
      const sign = (password: string, browser: KnownBrowser | null) => {
        const input = { email: 'quinn@example.com', password }
        return code(signInWithPassword({ db: auth, input, agent: '', browser }))
      }
      const own = { id: newId(), email: 'quinn@example.com' }
      for (let i = 0; i < 12; i += 1) await sign('wrong', null)
      expect(await sign(PASSWORD, null)).toBe('rate_limited')
      expect(await sign(PASSWORD, { ...own, email: 'other@example.com' })).toBe('rate_limited')
      expect(await sign(PASSWORD, own)).toBe('done')
      expect(await sign(PASSWORD, null)).toBe('rate_limited')
      for (let i = 0; i < 10; i += 1) expect(await sign('wrong', own)).toBe('unauthorized')
      expect(await sign(PASSWORD, own)).toBe('rate_limited')
    })

    test('addresses that were tried are not kept beyond their minutes, though nobody signs in', async () => {
      const tried = Array.from({ length: 30 }, (_, i) => ({
        key: `old-${i}`,
        since: new Date(Date.now() - 400_000),
      }))
      await auth.insert(signInAttempts).values([...tried, { key: 'fresh' }])
      const input = { email: 'who@example.com', password: 'wrong' }
      expect(await code(signInWithPassword({ db: auth, input, agent: '' }))).toBe('unauthorized')
      const kept = (await auth.select().from(signInAttempts)).map(({ key }) => key)
      expect(kept).toContain('fresh')
      expect(kept.filter((key) => key.startsWith('old-'))).toEqual([])
    })

    test('an address that nobody has is told apart by nothing', async () => {
      const tried = (email: string) =>
        signInWithPassword({ db: auth, input: { email, password: 'wrong' }, agent: '' }).catch(
          (error: AppError) => `${error.code} ${error.message} ${error.mend}`,
        )
      expect(await tried('nobody@example.com')).toBe(await tried('heidi@example.com'))
    })

    test('one’s own is changed with the current one, and never by a key', async () => {
      const id = await member('ivan', 'viewer')
      const ctx = as(id, 'viewer')
      const set = (current: string, more: Partial<ServiceContext> = {}) =>
        code(
          setPassword({
            ctx: { ...ctx, ...more },
            auth,
            input: { email: 'ivan@example.com', current, password: 'another good one' },
          }),
        )
      expect(await set('wrong')).toBe('forbidden')
      expect(await set(PASSWORD, { key: 'k' })).toBe('forbidden')
      expect(await set(PASSWORD)).toBe('done')
      const sign = { email: 'ivan@example.com', password: 'another good one' }
      expect(await code(signInWithPassword({ db: auth, input: sign, agent: '' }))).toBe('done')
      expect(JSON.stringify(await audited('user.password_set'))).not.toContain('another good one')
    })

    test('a new one ends the sessions that were begun with the old one, but for the one that sets it', async () => {
      const id = await member('pat', 'viewer')
      const input = { email: 'pat@example.com', password: PASSWORD }
      const begin = () => signInWithPassword({ db: auth, input, agent: '' })
      const [here, elsewhere] = [await begin(), await begin()]
      const set = { ...input, current: PASSWORD, password: 'another good one' }
      await setPassword({ ctx: as(id, 'viewer', { session: here }), auth, input: set })
      expect((await findSession(database.db, here))?.id).toBe(id)
      expect(await findSession(database.db, elsewhere)).toBeNull()
      expect(await audited('session.others_ended')).toContainEqual({ count: 1, of: id })
    })
  })

  describe('keys', () => {
    test('shown once, kept as a hash; malformed, changed, revoked and expired ones open nothing', async () => {
      const made = await createKey({ ctx: owner, input: { name: 'ci', scopes: ['trigger', 'read', 'read'] } })
      expect(made.key).toMatch(/^dp_[0-9a-f]{10}_[A-Za-z0-9_-]{43}$/)
      expect(made.scopes).toEqual(['read', 'trigger'])
      const [row] = await auth.select().from(apiKeys).where(eq(apiKeys.id, made.id))
      expect(row?.hash).toBe(sha256(made.key))
      expect(JSON.stringify([await listKeys({ ctx: owner }), await audited('key.created')])).not.toContain(
        made.key.slice(14),
      )
      expect(await findKey(auth, made.key)).toMatchObject({ id: made.id, grants: ['read', 'trigger'] })
      const bad = [
        '',
        'dp_',
        made.key.slice(0, -1),
        `${made.key}x`,
        `${made.key.slice(0, -1)}_`,
        made.key.toUpperCase(),
      ]
      for (const wrong of bad) if (wrong !== made.key) expect(await findKey(auth, wrong)).toBeNull()
      await auth.update(apiKeys).set({ usedAt: null }).where(eq(apiKeys.id, made.id))
      await findKey(auth, made.key)
      const used = async () => (await auth.select().from(apiKeys).where(eq(apiKeys.id, made.id)))[0]?.usedAt
      const first = await used()
      await findKey(auth, made.key)
      expect([first, await used()]).toEqual([expect.any(Date), first])
      expect((await revokeKey({ ctx: owner, input: { key: made.prefix } })).state).toBe('revoked')
      expect(await findKey(auth, made.key)).toBeNull()
      expect(await code(revokeKey({ ctx: owner, input: { key: made.id } }))).toBe('conflict')
      const short = await createKey({ ctx: owner, input: { name: 'old', scopes: ['read'], days: 1 } })
      await database.db.transaction(async (tx) => {
        await tx.execute(sql`set local role none`)
        await tx.execute(
          sql`update api_keys set expires_at = now() - interval '1 second' where id = ${short.id}`,
        )
      })
      expect(await findKey(auth, short.key)).toBeNull()
      expect((await listKeys({ ctx: owner })).items.find(({ id }) => id === short.id)?.state).toBe('expired')
    })

    test('never more than its maker’s role allows, now', async () => {
      const id = await member('mia', 'supervisor')
      const ctx = as(id, 'supervisor')
      expect(await code(createKey({ ctx, input: { name: 'x', scopes: ['admin'] } }))).toBe('forbidden')
      const { key, id: made } = await createKey({ ctx, input: { name: 'x', scopes: ['read', 'approve'] } })
      await changeRole({ ctx: owner, input: { user: id, role: 'viewer' } })
      expect((await findKey(auth, key))?.grants).toEqual(['read'])
      // A key makes no key that could outlive it, unless it may administer.
      expect(
        await code(createKey({ ctx: { ...ctx, key: made }, input: { name: 'y', scopes: ['read'] } })),
      ).toBe('forbidden')
    })

    test('others’ are not there for who is no admin', async () => {
      const made = await createKey({ ctx: owner, input: { name: 'mine', scopes: ['read'] } })
      const other = as(await member('nina', 'supervisor'), 'supervisor')
      expect((await listKeys({ ctx: other })).items).toEqual([])
      expect(await code(revokeKey({ ctx: other, input: { key: made.id } }))).toBe('not_found')
      expect(await revokeAllKeys({ ctx: owner })).toBeGreaterThan(0)
      expect(await findKey(auth, made.key)).toBeNull()
    })
  })

  describe('sessions', () => {
    test('listed, ended one by one, all others, and all of everybody', async () => {
      const [one, two, three] = await Promise.all(
        [1, 2, 3].map(() => signInWithToken({ db: auth, agent: 'Firefox' })),
      )
      if (!one || !two || !three) throw new Error('no sessions')
      const ctx = as('owner', 'admin', { session: one })
      const listed = await listSessions({ ctx })
      expect(listed.find(({ id }) => id === one)).toMatchObject({
        current: true,
        kind: 'token',
        agent: 'Firefox',
      })
      await endSession({ ctx, input: { session: two } })
      expect(await findSession(database.db, two)).toBeNull()
      expect(await code(endSession({ ctx, input: { session: two } }))).toBe('not_found')
      const stranger = as(await member('olga', 'viewer'), 'viewer')
      expect(await code(endSession({ ctx: stranger, input: { session: one } }))).toBe('not_found')
      expect(await endOtherSessions({ ctx })).toBeGreaterThan(0)
      expect(await findSession(database.db, three)).toBeNull()
      expect(await findSession(database.db, one)).not.toBeNull()
      expect(await code(endAllSessions({ ctx: stranger }))).toBe('forbidden')
      await endAllSessions({ ctx })
      expect(await findSession(database.db, one)).toBeNull()
      const left = await auth.select().from(sessions).where(sql`ended_at is null`)
      expect(left).toEqual([])
    })
  })
})
