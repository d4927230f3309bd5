import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { PGlite } from '@electric-sql/pglite'
import { expect, test } from 'vitest'
import { runEnds } from '@/drizzle/schema'
import { openDatabase } from '@/lib/db/client'
import { newId } from '@/lib/db/ids'
import { migrations } from '@/lib/db/migrate'
import { getAnalytics } from '@/lib/services/analytics/get'
import { temporaryFolder } from '../support/repos'
import { contextOf } from '../support/services'

test('runs that ended before there were rollups are counted, the others are not', async () => {
  const { path: home, dispose } = temporaryFolder('rollups-upgrade')
  mkdirSync(home, { recursive: true })
  const before = await PGlite.create({ dataDir: join(home, 'db') })
  await before.exec(
    'create table devpilot_migrations (name text primary key, applied_at timestamptz default now())',
  )
  for (const { name, sql } of migrations().filter((one) => one.name < '0022')) {
    await before.exec(sql.replaceAll('--> statement-breakpoint', ';'))
    await before.query('insert into devpilot_migrations (name) values ($1)', [name])
  }
  const repository = newId()
  await before.query(
    `insert into repositories (id, name, forge, source, "defaultBranch") values ($1, 'r', 'local', '/r', 'main')`,
    [repository],
  )
  // The state and the outcome are no documents of ours: nothing in them may keep a database from opening.
  const cases = [
    ['succeeded', '{"error":7}', '{"kind":"planned","confidence":"very"}'],
    ['failed', 'null', '[]'],
    ['running', '{}', 'null'],
  ] as const
  for (const [status, state, outcome] of cases) {
    const run = newId()
    await before.query(
      `insert into agent_runs (id, repository_id, flow, trigger, title, task, status, step, state, requested_by, budget_micros, cost_micros, ended_at)
       values ($1, $2, 'issue', 'manual', 't', '{}', $3, 'coder', $4, '{}', 1, 1500000, case when $3 <> 'running' then now() end)`,
      [run, repository, status, state],
    )
    await before.query(
      `insert into beads (id, run_id, seq, step, name, category, status, outcome, started_at) values ($1, $2, 1, 'planner', 'planner', 'agent', 'completed', $3, now())`,
      [newId(), run, outcome],
    )
  }
  await before.close()
  const database = await openDatabase({ home })
  expect(await database.db.$count(runEnds)).toBe(2)
  const { ended, charts } = await getAnalytics({ ctx: contextOf({ database, home }) })
  expect(ended).toBe(2)
  expect(charts.find(({ id }) => id === 'stops')?.rows[0]?.cells).toMatchObject({
    step: 'planner',
    reason: 'failed',
    cost: 1.5,
  })
  await database.close()
  dispose()
})
