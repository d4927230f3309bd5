import { eq } from 'drizzle-orm'
import { beforeAll, describe, expect, test } from 'vitest'
import { auditLog, identities, invitations, users } from '@/drizzle/schema'
import type { Database, Db } from '@/lib/db/client'
import type { ServiceContext } from '@/lib/services/context'
import { findSession } from '@/lib/services/sessions/find'
import { findOrJoinByGitHub } from '@/lib/services/sign-in/with-github'
import { signInWithPassword } from '@/lib/services/sign-in/with-password'
import { changeRole, setActive } from '@/lib/services/users/change'
import { invite, listInvitations } from '@/lib/services/users/invite'
import { joinWithPassword } from '@/lib/services/users/join'
import { setPassword } from '@/lib/services/users/own'
import { renewPassword } from '@/lib/services/users/renew-password'
import { describeDatabases } from '../support/database'
import { code, PASSWORD, type People, peopleOf } from '../support/people'

const NEW = 'a password of today'

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

  const linkFor = (name: string, role: 'viewer' | 'supervisor' | 'admin' = 'supervisor') =>
    invite({ ctx: owner, auth, input: { role, email: `${name}@example.com` } })
  const renew = (link: string, name: string, password = NEW) =>
    renewPassword({ db: auth, input: { code: link, email: `${name}@example.com`, password }, agent: '' })
  const signIn = (name: string, password: string) =>
    signInWithPassword({ db: auth, input: { email: `${name}@example.com`, password }, agent: '' })
  const account = async (id: string) => (await auth.select().from(users).where(eq(users.id, id)))[0]

  describe('a link that sets no password', () => {
    test('one that has expired, another address, a short password, one for a newcomer', async () => {
      await member('sam', 'viewer')
      await member('kim', 'viewer')
      const old = await linkFor('sam')
      await auth
        .update(invitations)
        .set({ expiresAt: new Date(Date.now() - 1_000) })
        .where(eq(invitations.id, old.id))
      expect(await code(renew(old.code, 'sam'))).toBe('not_found')
      const { code: good } = await linkFor('sam')
      expect(await code(renew(good, 'kim'))).toBe('bad_request')
      expect(await code(renew(good, 'sam', 'short'))).toBe('bad_request')
      expect(await code(renew('nothing', 'sam'))).toBe('not_found')
      const newcomer = await invite({ ctx: owner, auth, input: { role: 'admin' } })
      expect(newcomer.renews).toBeNull()
      expect(await code(renew(newcomer.code, 'sam'))).toBe('not_found')
      for (const name of ['sam', 'kim']) expect(await code(signIn(name, PASSWORD))).toBe('done')
      expect(await code(renew(good, 'sam'))).toBe('done')
    })

    test('one that was used, by whoever comes at the same moment, and those that were made before it', async () => {
      await member('uma', 'viewer')
      const before = await linkFor('uma')
      const { code: link } = await linkFor('uma')
      const ends = await Promise.all([code(renew(link, 'uma')), code(renew(link, 'uma'))])
      expect(ends.sort()).toEqual(['done', 'not_found'])
      expect(await code(renew(link, 'uma', 'yet another one'))).toBe('not_found')
      expect(await code(renew(before.code, 'uma', 'yet another one'))).toBe('not_found')
      expect(await code(signIn('uma', NEW))).toBe('done')
    })

    test('one of a member who set a password in the meantime', async () => {
      const id = await member('lou', 'viewer')
      const other = await linkFor('sam')
      const { code: link } = await linkFor('lou')
      const input = { email: 'lou@example.com', current: PASSWORD, password: NEW }
      await setPassword({ ctx: as(id, 'viewer'), auth, input })
      expect(await code(renew(link, 'lou', 'of somebody else'))).toBe('not_found')
      expect(await code(signIn('lou', NEW))).toBe('done')
      expect((await listInvitations({ ctx: owner })).map((one) => one.id)).toContain(other.id)
    })

    test('one of a member who was deactivated, or took another address, since it was made', async () => {
      const id = await member('ron', 'viewer')
      const gone = await linkFor('ron')
      await setActive({ ctx: owner, input: { user: id, active: false } })
      expect(await code(renew(gone.code, 'ron'))).toBe('not_found')
      expect((await listInvitations({ ctx: owner })).map((one) => one.id)).not.toContain(gone.id)
      const other = await member('tess', 'viewer')
      const moved = await linkFor('tess')
      const input = { email: 'tess.new@example.com', current: PASSWORD, password: PASSWORD }
      await setPassword({ ctx: as(other, 'viewer'), auth, input })
      expect(await code(renew(moved.code, 'tess'))).toBe('not_found')
      expect(await code(renew(moved.code, 'tess.new'))).toBe('not_found')
    })

    test('one that is used to join: it makes no second account, with a password or with GitHub', async () => {
      await member('zoe', 'viewer')
      const { code: link } = await linkFor('zoe', 'admin')
      const input = { code: link, name: 'Z', email: 'zoe@example.com', password: NEW }
      expect(await code(joinWithPassword({ db: auth, input, agent: '' }))).toBe('not_found')
      const github = { subject: '5', login: 'zoe', name: 'Z' }
      const byGitHub = findOrJoinByGitHub({ db: auth, github, linkTo: null, invitation: link })
      expect(await code(byGitHub)).toBe('not_found')
      expect(await code(renew(link, 'zoe'))).toBe('done')
    })

    test('none is made for who has no password to lose, and the words say why', async () => {
      const { code: link } = await invite({
        ctx: owner,
        auth,
        input: { role: 'viewer', email: 'gil@example.com' },
      })
      const github = { subject: '6', login: 'gil', name: 'Gil' }
      const { id } = await findOrJoinByGitHub({ db: auth, github, linkTo: null, invitation: link })
      await expect(linkFor('gil')).rejects.toMatchObject({
        code: 'conflict',
        place: 'email',
        message: expect.stringContaining('signs in with GitHub, without a password'),
      })
      await setActive({ ctx: owner, input: { user: id, active: false } })
      await expect(linkFor('gil')).rejects.toMatchObject({ mend: expect.stringContaining('Activate') })
      expect(await auth.select().from(identities).where(eq(identities.userId, id))).toHaveLength(1)
    })
  })

  test('a member keeps id and role, is signed out everywhere, and signs in with the new password alone', async () => {
    const id = await member('pia', 'viewer')
    const before = await signIn('pia', PASSWORD)
    const made = await linkFor('pia', 'admin')
    expect(made.renews).toEqual({ name: 'pia', role: 'viewer', activates: false })
    const listed = (await listInvitations({ ctx: owner })).find((one) => one.id === made.id)
    expect(listed).toMatchObject({ renews: 'pia', role: 'viewer' })
    // What the role became since then is what counts.
    await changeRole({ ctx: owner, input: { user: id, role: 'supervisor' } })
    const session = await renew(made.code, 'pia')
    expect(await findSession(database.db, before)).toBeNull()
    expect(await findSession(database.db, session)).toMatchObject({ id, role: 'supervisor' })
    expect(await code(signIn('pia', PASSWORD))).toBe('unauthorized')
    expect(await code(signIn('pia', NEW))).toBe('done')
    const entry = { user: id, invitation: made.id, by: 'owner', role: 'supervisor' }
    const renewed = await audited('user.password_renewed')
    expect(renewed).toContainEqual({ ...entry, activated: false, sessions: 1 })
    const all = JSON.stringify(await auth.select().from(auditLog))
    for (const secret of [made.code, NEW, (await account(id))?.password ?? 'no password'])
      expect(all).not.toContain(secret)
  })

  test('who was deactivated comes back in the role of the invitation, not before it is opened', async () => {
    const id = await member('dan', 'admin')
    await setActive({ ctx: owner, input: { user: id, active: false } })
    const made = await linkFor('dan', 'viewer')
    expect(made.renews).toEqual({ name: 'dan', role: 'viewer', activates: true })
    expect((await account(id))?.disabledAt).not.toBeNull()
    const session = await renew(made.code, 'dan')
    expect(await findSession(database.db, session)).toMatchObject({ id, role: 'viewer' })
    expect(await audited('user.password_link_made')).toContainEqual(
      expect.objectContaining({ user: id, role: 'viewer', activates: true }),
    )
  })
})
