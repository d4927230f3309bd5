import { eq } from 'drizzle-orm'
import { beforeAll, describe, expect, test } from 'vitest'
import { invitations, users } from '@/drizzle/schema'
import { type Database, type Db, sha256 } from '@/lib/db/client'
import type { ServiceContext } from '@/lib/services/context'
import { createKey } from '@/lib/services/keys/create'
import { findKey } from '@/lib/services/keys/find'
import { findSession } from '@/lib/services/sessions/find'
import { findOrJoinByGitHub } from '@/lib/services/sign-in/with-github'
import { signInWithPassword } from '@/lib/services/sign-in/with-password'
import { signInWithToken } from '@/lib/services/sign-in/with-token'
import { changeRole, setActive } from '@/lib/services/users/change'
import { invite, listInvitations, revokeInvitation } from '@/lib/services/users/invite'
import { joinWithPassword } from '@/lib/services/users/join'
import { listMembers } from '@/lib/services/users/list'
import { rename } from '@/lib/services/users/own'
import { findOwner } from '@/lib/services/users/people'
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

  describe('invitations', () => {
    test('one link lets one person in, whoever comes at the same moment', async () => {
      const { code: link } = await invite({ ctx: owner, auth, input: { role: 'viewer' } })
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
      const old = await invite({ ctx: owner, auth, input: { role: 'admin' } })
      const back = await invite({ ctx: owner, auth, input: { role: 'admin' } })
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
      const made = await invite({ ctx: as(maker, 'admin'), auth, input: { role: 'admin', days: 30 } })
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
      const made = await invite({ ctx: owner, auth, input: { role: 'viewer', email: 'New@Example.com ' } })
      const [row] = await auth.select().from(invitations).where(eq(invitations.id, made.id))
      expect(row).toMatchObject({ hash: sha256(made.code), email: 'new@example.com' })
      expect(JSON.stringify(await audited('user.invited'))).not.toContain(made.code)
      const other = { code: made.code, name: 'x', email: 'other@example.com', password: PASSWORD }
      expect(await code(joinWithPassword({ db: auth, input: other, agent: '' }))).toBe('bad_request')
      expect(
        await code(joinWithPassword({ db: auth, input: { ...other, email: 'new@example.com' }, agent: '' })),
      ).toBe('done')
    })

    test('a short password, an address that is none, and an address that is taken are refused, the link stays good', async () => {
      const { code: link } = await invite({ ctx: owner, auth, input: { role: 'viewer' } })
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
        expect(await code(invite({ ctx: as(role, role), auth, input: { role: 'admin' } }))).toBe('forbidden')
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
      const { code: link } = await invite({ ctx: owner, auth, input: { role: 'viewer' } })
      const { id } = await by(stranger, link, null)
      expect((await by(stranger, null, null)).id).toBe(id)
      expect(await code(by({ ...stranger, subject: '2' }, link, null))).toBe('not_found')
      // Whoever wants to link one and comes with an account that is somebody's becomes that somebody, and links nothing.
      const linkTo = { id: 'owner', name: 'owner' }
      expect((await by(stranger, null, linkTo)).id).toBe(id)
      // An invitation makes an account of its own, whoever else might have been meant.
      const { code: other } = await invite({ ctx: owner, auth, input: { role: 'viewer' } })
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
})
