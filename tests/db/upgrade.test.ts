import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { PGlite } from '@electric-sql/pglite'
import { asc } from 'drizzle-orm'
import { expect, test } from 'vitest'
import { jobs } from '@/drizzle/schema'
import { defaultLimits } from '@/lib/core/limits'
import { initialState } from '@/lib/core/run'
import { openDatabase } from '@/lib/db/client'
import { newId } from '@/lib/db/ids'
import { migrations } from '@/lib/db/migrate'
import { createStore } from '@/lib/db/store'
import { temporaryFolder } from '../support/repos'

test('a database from before jobs had states: each gets its own, and runs go on', async () => {
  const { path: home, dispose } = temporaryFolder('upgrade')
  mkdirSync(home, { recursive: true })
  const before = await PGlite.create({ dataDir: join(home, 'db') })
  await before.exec(
    'create table devpilot_migrations (name text primary key, applied_at timestamptz default now())',
  )
  for (const { name, sql } of migrations().slice(0, 4)) {
    await before.exec(sql.replaceAll('--> statement-breakpoint', ''))
    await before.query('insert into devpilot_migrations (name) values ($1)', [name])
  }
  const repository = newId()
  await before.query(
    `insert into repositories (id, name, forge, source, "defaultBranch") values ($1, 'r', 'local', '/r', 'main')`,
    [repository],
  )
  const cases = [
    ['leased', `now() - interval '1 minute'`, `now() + interval '1 hour'`],
    ['ready', `now() - interval '1 minute'`, 'null'],
    ['delayed', `now() + interval '1 hour'`, 'null'],
    ['parked', 'null', 'null'],
  ] as const
  for (const [state, due, until] of cases) {
    const run = newId()
    await before.query(
      `insert into agent_runs (id, repository_id, flow, trigger, title, task, status, step, state, requested_by, budget_micros)
       values ($1, $2, 'issue', 'manual', $3, '{"title":"t","body":""}', 'queued', 'prepare', $4, '{}', 1)`,
      [run, repository, state, JSON.stringify(initialState(defaultLimits))],
    )
    await before.query(
      `insert into jobs (id, kind, key, run_id, due_at, lease_until, lease_owner) values ($1, 'run', $2, $3, ${due}, ${until}, $4)`,
      [newId(), state, run, until === 'null' ? null : 'old'],
    )
  }
  await before.close()
  const database = await openDatabase({ home })
  const rows = await database.db.select().from(jobs).orderBy(asc(jobs.createdAt), asc(jobs.id))
  expect(rows.map((row) => [row.key, row.state, row.repositoryId])).toEqual(
    cases.map(([state]) => [state, state, repository]),
  )
  const store = createStore(database.db)
  const claim = await store.claim({ owner: 'new', leaseMs: 60_000 })
  expect(claim?.runId).toBe(rows.find(({ key }) => key === 'ready')?.runId)
  if (!claim) throw new Error('nothing was claimed')
  expect(await store.openBead(claim, await store.load(claim))).toMatchObject({ seq: 1, step: 'prepare' })
  expect(await store.claim({ owner: 'new', leaseMs: 60_000 })).toBeNull()
  await database.close()
  dispose()
})
