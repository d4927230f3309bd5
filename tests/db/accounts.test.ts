import { eq, sql } from 'drizzle-orm'
import { beforeAll, describe, expect, test } from 'vitest'
import { apiKeys, auditLog, invitations, sessions, signInAttempts, users } from '@/drizzle/schema'
import type { RoleName } from '@/lib/core/access'
import { roleGrants } from '@/lib/core/access'
import { type Database, type Db, sha256 } from '@/lib/db/client'
import { newId } from '@/lib/db/ids'
import { AppError } from '@/lib/errors'
import type { ServiceContext } from '@/lib/services/context'
import { createKey } from '@/lib/services/keys/create'
import { findKey } from '@/lib/services/keys/find'
import { listKeys } from '@/lib/services/keys/list'
import { revokeAllKeys, revokeKey } from '@/lib/services/keys/revoke'
import { endAllSessions, endOtherSessions, endSession } from '@/lib/services/sessions/end'
import { findSession } from '@/lib/services/sessions/find'
import { listSessions } from '@/lib/services/sessions/list'
import { findOrJoinByGitHub } from '@/lib/services/sign-in/with-github'
import { type KnownBrowser, signInWithPassword } from '@/lib/services/sign-in/with-password'
import { signInWithToken } from '@/lib/services/sign-in/with-token'
import { changeRole, setActive } from '@/lib/services/users/change'
import { invite, listInvitations, revokeInvitation } from '@/lib/services/users/invite'
import { joinWithPassword } from '@/lib/services/users/join'
import { listMembers } from '@/lib/services/users/list'
import { rename, setPassword } from '@/lib/services/users/own'
import { hashPassword } from '@/lib/services/users/password'
import { findOwner } from '@/lib/services/users/people'
import { describeDatabases, type TestDatabase } from '../support/database'
import { contextOf } from '../support/services'

const PASSWORD = 'correct horse battery'

describeDatabases((open) => {
  let opened: TestDatabase
  let database: Database
  let auth: Db
  let owner: ServiceContext
  beforeAll(async () => {
    opened = await open()
    database = opened.database
    auth = database.as({ role: 'auth' })
    owner = as('owner', 'admin')
  })

  const as = (id: string, role: RoleName, more: Partial<ServiceContext> = {}): ServiceContext => ({
    ...contextOf(opened, id),
    db: database.as({ role, user: id }),
    grants: ['public', ...roleGrants[role]],
    ...more,
  })
  const code = (tried: Promise<unknown>): Promise<string> =>
    tried.then(
      () => 'done',
      (error: unknown) => (error instanceof AppError ? error.code : String(error)),
    )
  const audited = async (action: string) =>
    (await database.db.select().from(auditLog).where(eq(auditLog.action, action))).map(({ data }) => data)

  let hash: string | undefined
  /** A member with a name and an address of its own, and the one password. */
  const member = async (name: string, role: RoleName): Promise<string> => {
    hash ??= await hashPassword(PASSWORD)
    const id = newId()
    await auth.insert(users).values({ id, name, email: `${name}@example.com`, role, password: hash })
    return id
  }

  describe('invitations', () => {
    test('one link lets one person in, whoever comes at the same moment', async () => {
      const { code: link } = await invite({ ctx: owner, input: { role: 'viewer' } })
      const join = (name: string) =>
        joinWithPassword({
          db: auth,
          input: { code: link, name, email: `${name}@example.com`, password: PASSWORD },
          agent: '',
        })
      const ends = await Promise.all([code(join('first')), code(join('second')), code(join('third'))])
      expect(ends.sort()).toEqual(['done', 'not_found', 'not_found'])
      expect(await code(join('later'))).toBe('not_found')
    })

    test('one that has expired, was taken back or is unknown lets nobody in', async () => {
      const old = await invite({ ctx: owner, input: { role: 'admin' } })
      const back = await invite({ ctx: owner, input: { role: 'admin' } })
      await revokeInvitation({ ctx: owner, input: { invitation: back.id } })
      expect(await code(revokeInvitation({ ctx: owner, input: { invitation: back.id } }))).toBe('not_found')
      await auth
        .update(invitations)
        .set({ expiresAt: new Date(Date.now() - 1_000) })
        .where(eq(invitations.id, old.id))
      for (const link of [old.code, back.code, 'nothing', ''])
        expect(
          await code(
            joinWithPassword({
              db: auth,
              input: { code: link, name: 'x', email: 'x@example.com', password: PASSWORD },
              agent: '',
            }),
          ),
        ).toMatch(/not_found|bad_request/)
      expect((await listInvitations({ ctx: owner })).map(({ id }) => id)).not.toContain(old.id)
    })

    test('one whose maker was demoted or deactivated lets nobody in, and is not listed', async () => {
      const maker = await member('mallory', 'admin')
      const made = await invite({ ctx: as(maker, 'admin'), input: { role: 'admin', days: 30 } })
      const input = { code: made.code, name: 'm', email: 'm2@example.com', password: PASSWORD }
      const join = () => code(joinWithPassword({ db: auth, input, agent: '' }))
      const listed = async () => (await listInvitations({ ctx: owner })).some(({ id }) => id === made.id)
      expect(await listed()).toBe(true)
      await changeRole({ ctx: owner, input: { user: maker, role: 'viewer' } })
      expect([await join(), await listed()]).toEqual(['not_found', false])
      await changeRole({ ctx: owner, input: { user: maker, role: 'admin' } })
      await setActive({ ctx: owner, input: { user: maker, active: false } })
      expect([await join(), await listed()]).toEqual(['not_found', false])
      const github = { subject: '99', login: 'mallory', name: 'M' }
      expect(await code(findOrJoinByGitHub({ db: auth, github, linkTo: null, invitation: made.code }))).toBe(
        'not_found',
      )
      await changeRole({ ctx: owner, input: { user: maker, role: 'viewer' } })
    })

    test('only its hash is kept, and nothing of it is in the audit log', async () => {
      const made = await invite({ ctx: owner, input: { role: 'viewer', email: 'New@Example.com ' } })
      const [row] = await auth.select().from(invitations).where(eq(invitations.id, made.id))
      expect(row).toMatchObject({ hash: sha256(made.code), email: 'new@example.com' })
      expect(JSON.stringify(await audited('user.invited'))).not.toContain(made.code)
      const other = { code: made.code, name: 'x', email: 'other@example.com', password: PASSWORD }
      expect(await code(joinWithPassword({ db: auth, input: other, agent: '' }))).toBe('bad_request')
      expect(
        await code(joinWithPassword({ db: auth, input: { ...other, email: 'new@example.com' }, agent: '' })),
      ).toBe('done')
      expect(await code(invite({ ctx: owner, input: { role: 'admin', email: 'new@example.com' } }))).toBe(
        'conflict',
      )
    })

    test('a short password, an address that is none, and an address that is taken are refused, the link stays good', async () => {
      const { code: link } = await invite({ ctx: owner, input: { role: 'viewer' } })
      const good = { code: link, name: 'Eve', email: 'eve@example.com', password: PASSWORD }
      const bad = [{ password: 'short' }, { email: 'eve' }, { name: ' ' }, { email: 'new@example.com' }]
      for (const wrong of bad)
        expect(await code(joinWithPassword({ db: auth, input: { ...good, ...wrong }, agent: '' }))).toMatch(
          /bad_request|conflict/,
        )
      expect(await code(joinWithPassword({ db: auth, input: good, agent: '' }))).toBe('done')
    })

    test('nobody but admins invites', async () => {
      for (const role of ['viewer', 'supervisor'] as const)
        expect(await code(invite({ ctx: as(role, role), input: { role: 'admin' } }))).toBe('forbidden')
    })
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

  describe('members', () => {
    test('the last admin cannot be taken away, by two at once neither', async () => {
      expect(await code(changeRole({ ctx: owner, input: { user: 'owner', role: 'viewer' } }))).toBe(
        'conflict',
      )
      expect(await code(setActive({ ctx: owner, input: { user: 'owner', active: false } }))).toBe('conflict')
      const other = await member('judy', 'admin')
      const ends = await Promise.all([
        code(changeRole({ ctx: owner, input: { user: other, role: 'viewer' } })),
        code(changeRole({ ctx: as(other, 'admin'), input: { user: 'owner', role: 'viewer' } })),
      ])
      expect(ends.sort()).toEqual(['conflict', 'done'])
      const admins = await auth.select({ id: users.id }).from(users).where(eq(users.role, 'admin'))
      expect(admins).toHaveLength(1)
      await auth.update(users).set({ role: 'admin' }).where(eq(users.id, 'owner'))
    })

    test('one who is deactivated is out at once: sessions, keys, password, invitations to link', async () => {
      const id = await member('kim', 'supervisor')
      const session = await signInWithPassword({
        db: auth,
        input: { email: 'kim@example.com', password: PASSWORD },
        agent: '',
      })
      const { key } = await createKey({ ctx: as(id, 'supervisor'), input: { name: 'k', scopes: ['read'] } })
      const github = { subject: '77', login: 'kim', name: 'Kim' }
      const linkTo = { id, name: 'kim' }
      await findOrJoinByGitHub({ db: auth, github, linkTo, invitation: null })
      await setActive({ ctx: owner, input: { user: id, active: false } })
      expect(await findSession(database.db, session)).toBeNull()
      expect(await findKey(auth, key)).toBeNull()
      const sign = { email: 'kim@example.com', password: PASSWORD }
      expect(await code(signInWithPassword({ db: auth, input: sign, agent: '' }))).toBe('unauthorized')
      expect(await code(findOrJoinByGitHub({ db: auth, github, linkTo: null, invitation: null }))).toBe(
        'unauthorized',
      )
      await setActive({ ctx: owner, input: { user: id, active: true } })
      // A session that was ended stays so.
      expect(await findSession(database.db, session)).toBeNull()
      expect(await findKey(auth, key)).not.toBeNull()
      expect((await listMembers({ ctx: owner })).find((one) => one.id === id)?.github).toBe('kim')
    })

    test('GitHub lets nobody in who was not invited, and nobody in as somebody else', async () => {
      const stranger = { subject: '1', login: 'stranger', name: 'S' }
      const by = (
        github: typeof stranger,
        invitation: string | null,
        linkTo: { id: string; name: string } | null,
      ) => findOrJoinByGitHub({ db: auth, github, linkTo, invitation })
      expect(await code(by(stranger, null, null))).toBe('unauthorized')
      expect(await code(by(stranger, 'no such code', null))).toBe('not_found')
      const { code: link } = await invite({ ctx: owner, input: { role: 'viewer' } })
      const { id } = await by(stranger, link, null)
      expect((await by(stranger, null, null)).id).toBe(id)
      expect(await code(by({ ...stranger, subject: '2' }, link, null))).toBe('not_found')
      // Whoever wants to link one and comes with an account that is somebody's becomes that somebody, and links nothing.
      const linkTo = { id: 'owner', name: 'owner' }
      expect((await by(stranger, null, linkTo)).id).toBe(id)
      // An invitation makes an account of its own, whoever else might have been meant.
      const { code: other } = await invite({ ctx: owner, input: { role: 'viewer' } })
      const joined = await by({ ...stranger, subject: '3' }, other, linkTo)
      expect(joined.id).not.toBe('owner')
      expect((await listMembers({ ctx: owner })).find((one) => one.id === 'owner')?.github).toBeNull()
    })

    test('the owner’s account can be closed when another admin is there; the token then opens nothing', async () => {
      const other = await member('lena', 'admin')
      expect((await findOwner(database.db))?.alone).toBe(false)
      await setActive({ ctx: as(other, 'admin'), input: { user: 'owner', active: false } })
      expect(await findOwner(database.db)).toBeNull()
      expect(await code(signInWithToken({ db: auth, agent: '' }))).toBe('unauthorized')
      await setActive({ ctx: as(other, 'admin'), input: { user: 'owner', active: true } })
      expect((await findOwner(database.db))?.role).toBe('admin')
    })

    test('a name can be one’s own to change, and is in the audit log', async () => {
      await rename({ ctx: as('owner', 'admin'), input: { name: 'Ada' } })
      expect((await findOwner(database.db))?.name).toBe('Ada')
      expect(await audited('user.renamed')).toContainEqual({ was: 'owner', is: 'Ada' })
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
