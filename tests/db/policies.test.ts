import { sql } from 'drizzle-orm'
import { beforeAll, describe, expect, test } from 'vitest'
import { databaseRoles, tableRules } from '@/drizzle/policies'
import { apiKeys, gateDecisions, learnings, runs, sessions, users } from '@/drizzle/schema'
import { leastRole } from '@/lib/core/access'
import { allRows, type Database, type Db } from '@/lib/db/client'
import { newId } from '@/lib/db/ids'
import { schemaTables } from '@/lib/db/policies'
import { roleName } from '@/lib/db/roles'
import { decideGate } from '@/lib/services/gates/decide'
import { cancelRunInput, signalRun } from '@/lib/services/runs/signal'
import { startRun } from '@/lib/services/runs/start'
import { asLogin, describeDrivers, type TestDatabase } from '../support/database'
import { contextOf, runAtGate, someRun } from '../support/services'

test('every table of the schema says who may do what', () => {
  expect([...tableRules.keys()].sort()).toEqual([...schemaTables().keys()].sort())
})

describeDrivers((open) => {
  let opened: TestDatabase
  let database: Database
  let app: Db
  const people: Record<string, Db> = {}
  const person = (name: string): Db => {
    const db = people[name]
    if (!db) throw new Error(`nobody is called ${name}`)
    return db
  }
  beforeAll(async () => {
    opened = await open()
    database = opened.database
    app = database.db
    for (const role of ['viewer', 'supervisor', 'admin'] as const) {
      people[role] = database.as({ role, user: role })
      await database.as({ role: 'auth' }).insert(users).values({ id: role, name: role, role, password: 'x' })
    }
  })
  const refusal = (tried: PromiseLike<unknown>): Promise<string> =>
    Promise.resolve(tried).then(
      () => 'done',
      (error: Error) => String(error.cause ?? error),
    )

  test('row-level security is forced on all of them, and no role of ours owns one or can log in', async () => {
    const tables = allRows(
      await app.execute(sql`
        select c.relname as name, c.relrowsecurity and c.relforcerowsecurity as forced,
          pg_get_userbyid(c.relowner) as owner
        from pg_class c where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p')`),
    )
    expect(tables.length).toBeGreaterThan(tableRules.size)
    expect(tables.filter(({ forced }) => forced !== true).map(({ name }) => name)).toEqual([])
    const ours: string[] = databaseRoles.map(roleName)
    expect(tables.filter(({ owner }) => ours.includes(String(owner)))).toEqual([])
    const powers = allRows(
      await app.execute(sql`select rolname from pg_roles
        where rolname like 'devpilot\\_%' and (rolcanlogin or rolsuper or rolbypassrls or rolcreaterole)`),
    )
    expect(powers).toEqual([])
  })

  test('statements are asked as who asks, alone, together and in transactions', async () => {
    const who = async (db: Pick<Db, 'execute'>) =>
      allRows(
        await db.execute(sql`select current_user as role, current_setting('devpilot.user', true) as "user"`),
      )[0]
    const viewer = person('viewer')
    const all = await Promise.all(Array.from({ length: 20 }, () => who(viewer)))
    expect(new Set(all.map((row) => JSON.stringify(row)))).toEqual(
      new Set([JSON.stringify({ role: 'devpilot_viewer', user: 'viewer' })]),
    )
    const inside = await viewer.transaction(async (tx) => [
      await who(tx),
      await tx.transaction((sp) => who(sp)),
    ])
    expect(inside.map((row) => row?.role)).toEqual(['devpilot_viewer', 'devpilot_viewer'])
    expect((await who(app))?.role).toBe('devpilot_app')
    expect([null, '']).toContain((await who(app))?.user)
  })

  test('a name that is SQL is a name', async () => {
    const user = `x', false); select set_config('role', 'devpilot_admin', false) --`
    const rows = allRows(
      await database
        .as({ role: 'viewer', user })
        .execute(sql`select current_setting('devpilot.user') as "user"`),
    )
    expect(rows).toEqual([{ user }])
  })

  test('a statement that fails gives its connection back, and the next one works', async () => {
    for (let i = 0; i < 25; i += 1)
      expect(await refusal(person('viewer').execute(sql`select 1 / 0`))).toContain('division by zero')
    expect(await person('viewer').select({ id: users.id }).from(users)).not.toEqual([])
  })

  describe('secrets', () => {
    test.each(['app', 'viewer', 'supervisor', 'admin'] as const)('%s reads no hash', async (role) => {
      const db = database.as({ role, user: role })
      for (const statement of [
        sql`select password from users`,
        sql`select * from users`,
        sql`select hash from api_keys`,
        sql`select hash from invitations`,
        sql`select * from sign_in_attempts`,
        sql`select 1 from users where password like 's%'`,
        sql`update users set password = 'mine' where id = 'admin'`,
      ])
        expect(await refusal(db.execute(statement))).toContain('permission denied')
    })

    test('what was applied is the login’s own', async () => {
      for (const role of databaseRoles)
        expect(await refusal(database.as({ role }).execute(sql`select * from devpilot_policies`))).toContain(
          'permission denied',
        )
    })
  })

  test.each([...databaseRoles])('%s cannot change the audit log', async (role) => {
    const db = database.as({ role, user: role })
    for (const statement of [
      sql`update audit_log set action = 'x'`,
      sql`delete from audit_log`,
      sql`truncate audit_log`,
      sql`alter table audit_log disable trigger all`,
      sql`drop table audit_log`,
    ])
      expect(await refusal(db.execute(statement))).toMatch(/permission denied|must be owner/)
  })

  test('people write the audit log, ask for runs and decide in their own name alone', async () => {
    const supervisor = person('supervisor')
    const entry = (id: string) =>
      sql`select devpilot_append_audit('installation', null, ${JSON.stringify([
        { id: newId(), actor: { kind: 'user', id, name: id }, action: 'x', data: {}, said: 'null' },
      ])}::jsonb)`
    expect(await refusal(supervisor.execute(entry('admin')))).toContain('row-level security')
    const run = {
      id: newId(),
      flow: 'issue',
      trigger: 'manual' as const,
      title: 'x',
      task: { title: 'x', body: '' },
      status: 'queued' as const,
      step: 'prepare',
      budgetMicros: 1,
    }
    const asked = (id: string) =>
      supervisor.insert(runs).values({ ...run, requestedBy: { kind: 'user', id, name: id } })
    expect(await refusal(asked('admin'))).toContain('row-level security')
    const { gate, evidence } = await runAtGate(contextOf(opened))
    const actor = { kind: 'user', id: 'admin', name: 'admin' } as const
    const vote = { id: newId(), gateId: gate, decision: 'approve' as const, evidenceHash: evidence }
    expect(
      await refusal(supervisor.insert(gateDecisions).values({ ...vote, actor, actorId: 'admin' })),
    ).toContain('row-level security')
  })

  test('viewers read the record and write none of it', async () => {
    await someRun(contextOf(opened))
    const viewer = person('viewer')
    expect((await viewer.select({ id: runs.id }).from(runs)).length).toBeGreaterThan(0)
    expect(allRows(await viewer.execute(sql`select * from system_stats`))).toHaveLength(1)
    for (const name of tableRules.keys()) {
      if (['users', 'sessions', 'api_keys', 'audit_log', 'saved_views'].includes(name)) continue
      for (const statement of [`delete from ${name}`, `insert into ${name} default values`])
        expect([name, await refusal(viewer.execute(sql.raw(statement)))]).toEqual([
          name,
          expect.stringMatching(/permission denied|row-level security/),
        ])
    }
    expect(await refusal(viewer.update(runs).set({ title: 'mine' }))).toContain('permission denied')
  })

  test('nobody makes himself more than he is', async () => {
    for (const name of ['viewer', 'supervisor'])
      expect(await refusal(person(name).execute(sql`update users set role = 'admin'`))).toContain(
        'permission denied',
      )
    await person('viewer').execute(sql`update users set name = 'renamed'`)
    const names = await app.select({ id: users.id, name: users.name }).from(users)
    expect(names.filter(({ name }) => name === 'renamed')).toEqual([{ id: 'viewer', name: 'renamed' }])
  })

  test('sessions and keys of others are not there', async () => {
    const auth = database.as({ role: 'auth' })
    const expiresAt = new Date(Date.now() + 3_600_000)
    for (const userId of ['viewer', 'admin']) {
      await auth.insert(sessions).values({ id: newId(), userId, kind: 'token', agent: '', expiresAt })
      const key = {
        id: newId(),
        userId,
        name: 'k',
        prefix: `p-${userId}`,
        hash: 'h',
        scopes: ['read' as const],
      }
      await person(userId).insert(apiKeys).values(key)
    }
    const of = async (name: string) => [
      (await person(name).select({ of: sessions.userId }).from(sessions)).map((row) => row.of).sort(),
      (await person(name).select({ of: apiKeys.userId }).from(apiKeys)).map((row) => row.of).sort(),
    ]
    expect(await of('viewer')).toEqual([['viewer'], ['viewer']])
    expect(await of('supervisor')).toEqual([[], []])
    expect(await of('admin')).toEqual([
      ['admin', 'viewer'],
      ['admin', 'viewer'],
    ])
    const other = {
      id: newId(),
      userId: 'admin',
      name: 'k',
      prefix: 'q',
      hash: 'h',
      scopes: ['admin' as const],
    }
    expect(await refusal(person('viewer').insert(apiKeys).values(other))).toContain('row-level security')
  })

  test('supervisors can do what steering a run needs, under their own role', async () => {
    const ctx = { ...contextOf(opened, 'supervisor'), db: person('supervisor'), singleUser: false }
    const run = await someRun(ctx)
    expect(cancelRunInput.safeParse({ run }).success).toBe(true)
    expect((await signalRun({ ctx, input: { kind: 'cancel', run } })).status).toBe('cancelled')
    expect((await signalRun({ ctx, input: { kind: 'retry', run } })).status).toBe('running')
    const { gate, evidence } = await runAtGate(contextOf(opened))
    expect((await decideGate({ ctx, input: { gate, decision: 'approve', evidence } })).status).toBe(
      'approved',
    )
    const viewer = { ...ctx, db: person('viewer') }
    await expect(startRun({ ctx: viewer, input: { repository: opened.home, task: 'x' } })).rejects.toThrow()
    expect(
      await refusal(
        person('viewer').insert(learnings).values({ id: newId(), kind: 'mistake', text: 'x', source: 'x' }),
      ),
    ).toContain('permission denied')
  })

  test('tables of another application in the schema stay as they are', async () => {
    const { migrateAll } = await import('@/lib/db/migrate')
    const { relaxPolicies } = await import('@/lib/db/policies')
    const state = async () =>
      allRows(
        await app.execute(sql`
          select c.relrowsecurity and c.relforcerowsecurity as forced, c.relacl::text as grants,
            (select relacl::text from pg_class where relname = 'theirs_id_seq') as sequence,
            (select string_agg(policyname, ',') from pg_policies where tablename = 'theirs') as policies
          from pg_class c where c.relname = 'theirs'`),
      )[0]
    await asLogin(
      app,
      sql`create table theirs (id bigint generated always as identity, secret text)`,
      sql`alter table theirs enable row level security`,
      sql`alter table theirs force row level security`,
      sql`create policy their_own on theirs using (secret is null)`,
      sql`grant select on theirs to public`,
    )
    try {
      const before = await state()
      expect(before).toMatchObject({ forced: true, policies: 'their_own', sequence: null })
      await app.transaction(async (tx) => {
        await tx.execute(sql`set local role none`)
        await relaxPolicies(tx)
      })
      await migrateAll(app)
      expect(await state()).toEqual(before)
    } finally {
      await asLogin(app, sql`drop table theirs`)
    }
  })

  test('a start puts right what somebody took away', async () => {
    await asLogin(app, sql`alter table users no force row level security`, sql`delete from devpilot_policies`)
    const { migrateAll } = await import('@/lib/db/migrate')
    await migrateAll(app)
    const [row] = allRows(
      await app.execute(sql`select relforcerowsecurity as forced from pg_class where relname = 'users'`),
    )
    expect(row?.forced).toBe(true)
  })
})

test('the least role holds what a key was given', () => {
  expect(leastRole([])).toBe('viewer')
  expect(leastRole(['public', 'read'])).toBe('viewer')
  expect(leastRole(['ingest'])).toBe('supervisor')
  expect(leastRole(['read', 'admin'])).toBe('admin')
})
