import { sql } from 'drizzle-orm'
import { beforeAll, expect, test } from 'vitest'
import { users } from '@/drizzle/schema'
import { type RoleName, roleGrants } from '@/lib/core/access'
import { appendAudit } from '@/lib/db/audit'
import { newId } from '@/lib/db/ids'
import { listActivity } from '@/lib/services/activity/list'
import { exportAudit } from '@/lib/services/audit/export'
import { knownActors } from '@/lib/services/audit/known'
import { listAudit } from '@/lib/services/audit/list'
import { verifyAudit } from '@/lib/services/audit/verify'
import type { ServiceContext } from '@/lib/services/context'
import { invite } from '@/lib/services/users/invite'
import { rename } from '@/lib/services/users/own'
import { describeDatabases, type TestDatabase } from '../support/database'
import { contextOf, user } from '../support/services'

const engine = { kind: 'system', id: 'engine', name: 'DevPilot' } as const

describeDatabases((open) => {
  let opened: TestDatabase
  let ctx: ServiceContext
  beforeAll(async () => {
    opened = await open()
    ctx = contextOf(opened)
    const add = (action: string, actor: Parameters<typeof appendAudit>[1]['actor']) =>
      ctx.db.transaction((tx) => appendAudit(tx, { runId: null, actor, action, data: {} }))
    await add('gate.approved', user('ada'))
    await add('gate_like.approved', user('ada'))
    await add('gate.rejected', user('bob'))
    // The chain of these is not whole: what lists do with many is looked at, nothing else.
    await ctx.db.execute(sql`insert into audit_log (id, chain, seq, at, actor, action, data, prev_hash, hash)
      select gen_random_uuid(), 'many', n, now() + n * interval '1 ms', ${JSON.stringify(engine)}::jsonb,
        'bead.' || (n % 40), '{}', '', '' from generate_series(1, 20000) n`)
    await ctx.db.execute(sql`analyze audit_log`)
  })
  const actions = async (input: NonNullable<Parameters<typeof listAudit>[0]['input']>) =>
    (await listAudit({ ctx, input })).items.map(({ action }) => action)

  test('a cursor or a time that no list gave out is refused by its name', async () => {
    await expect(listAudit({ ctx, input: { cursor: 'x' } })).rejects.toMatchObject({ place: 'cursor' })
    await expect(listAudit({ ctx, input: { since: 'yesterday' } })).rejects.toMatchObject({ place: 'since' })
  })

  test('a kind holds its own actions, the newest first, and pages hold each entry once', async () => {
    expect(await actions({ action: 'gate.*' })).toEqual(['gate.rejected', 'gate.approved'])
    expect(await actions({ action: 'nothing.*' })).toEqual([])
    expect(await actions({ action: '%*' })).toEqual([])
    const seen: string[] = []
    for (let cursor: string | null | undefined, pages = 0; cursor !== null && pages < 5; pages += 1) {
      const page = await listAudit({
        ctx,
        input: { action: 'bead.*', limit: 7, ...(cursor ? { cursor } : {}) },
      })
      seen.push(...page.items.map(({ seq }) => String(seq)))
      cursor = page.next
    }
    expect(seen).toEqual(Array.from({ length: 35 }, (_, i) => String(20_000 - i)))
  })

  test('a person and a time are filters of their own and together', async () => {
    expect(await actions({ actor: 'ada' })).toEqual(['gate_like.approved', 'gate.approved'])
    // By the name that pages show: two may have it.
    expect((await actions({ actor: 'devpilot', limit: 2 })).length).toBe(2)
    expect(await actions({ actor: 'ADA', action: 'gate.*' })).toEqual(['gate.approved'])
    expect(await actions({ actor: 'nobody' })).toEqual([])
    expect(await actions({ actor: 'ada', action: 'gate.*' })).toEqual(['gate.approved'])
    expect(await actions({ actor: 'ada', since: '2100-01-01T00:00:00Z' })).toEqual([])
    expect((await actions({ actor: 'engine', limit: 3 })).length).toBe(3)
    expect(await actions({ until: '2000-01-01T00:00:00Z' })).toEqual([])
  })

  test('who took another name is found by each, and offered by the one of today', async () => {
    const id = newId()
    const as = (name: string): ServiceContext => ({
      ...contextOf(opened, id),
      db: opened.database.as({ role: 'viewer', user: id }),
      actor: { ...user(id), name },
    })
    await opened.database
      .as({ role: 'auth' })
      .insert(users)
      .values({ id, name: 'Mia Brandt', role: 'viewer' })
    const added = { runId: null, actor: as('Mia Brandt').actor, action: 'a.first', data: {} }
    await ctx.db.transaction((tx) => appendAudit(tx, added))
    await rename({ ctx: as('Mia Brandt'), input: { name: 'Mia Stone' } })
    await rename({ ctx: as('Mia Stone'), input: { name: 'Mia Berg' } })
    for (const actor of ['mia brandt', 'Mia Stone', 'Mia Berg', id])
      expect(await actions({ actor }), actor).toEqual(['user.renamed', 'user.renamed', 'a.first'])
    expect(await knownActors({ ctx })).toContainEqual({ id, name: 'Mia Berg' })
  })

  test('an id is found however many others did something', async () => {
    await ctx.db.execute(sql`insert into audit_log (id, chain, seq, at, actor, action, data, prev_hash, hash)
      select gen_random_uuid(), 'many-more', n, now(), jsonb_build_object('kind', 'user', 'name', 'x', 'id',
        'crowd-' || lpad(n::text, 4, '0')), 'crowd.came', '{}', '', '' from generate_series(1, 600) n`)
    expect(await actions({ actor: 'crowd-0600' })).toEqual(['crowd.came'])
  })

  test('what concerns accounts is for admins and for whoever did it; the chain is whole for everybody', async () => {
    const as = (id: string, role: RoleName, more: Partial<ServiceContext> = {}): ServiceContext => ({
      ...contextOf(opened, id),
      db: opened.database.as({ role, user: id }),
      grants: ['public', ...roleGrants[role]],
      ...more,
    })
    const admin = as('owner', 'admin')
    await invite({
      ctx: admin,
      auth: opened.database.as({ role: 'auth' }),
      input: { role: 'viewer', email: 'secret@example.com' },
    })
    const seen = async (ctx: ServiceContext): Promise<string> => {
      const input = { action: 'user.*' }
      let text = JSON.stringify([await listAudit({ ctx, input }), await listActivity({ ctx })])
      for await (const block of exportAudit({ ctx, input })) text += block
      return text
    }
    const shown = (text: string) => text.split('secret@example.com').length - 1
    expect(shown(await seen(admin))).toBe(3)
    const viewer = as('ada', 'viewer')
    for (const other of [viewer, as('ada', 'supervisor'), as('owner', 'viewer', { key: 'k' })]) {
      const text = await seen(other)
      expect([text.includes('user.invited'), shown(text)]).toEqual([true, 0])
    }
    expect(shown(await seen(as('owner', 'viewer')))).toBe(3)
    // The made-up chain above is the first that breaks: the one with these entries comes before it and is whole.
    expect((await verifyAudit({ ctx: viewer })).broken?.chain).toBe('many')
  })
})
