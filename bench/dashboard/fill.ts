import { sql } from 'drizzle-orm'
import { allRows, type Db, type Tx } from '@/lib/db/client'
import { statements, WITH_TURNS } from './rows'

/** Rollups are made in parts: as many runs at once as fit in memory. */
const PART = 20_000

export interface Filled {
  /** Ids that routes are asked with, by the folder of the route that takes them. */
  readonly runs: readonly string[]
  readonly gates: readonly string[]
  readonly beads: readonly string[]
  readonly learnings: readonly string[]
  readonly deliveries: readonly string[]
  readonly repositories: { readonly largest: string; readonly smallest: string }
  readonly ms: number
}

/**
 * Fills a new database with so many runs of a year: many repositories of which few have most runs, a mixture of ends,
 * and some that are under way. The same number gives the same rows but for the day that they end at.
 */
export async function fill(db: Db, count: number, say: (text: string) => void): Promise<Filled> {
  const began = performance.now()
  // One connection: the settings and the table of numbers are its own.
  await db.transaction(async (tx) => {
    const run = async (name: string, text: string) => {
      const at = performance.now()
      await tx.execute(sql.raw(text))
      say(`  ${name}: ${((performance.now() - at) / 1_000).toFixed(1)} s`)
    }
    // No triggers and no foreign keys: what they would do is done below, for all rows at once.
    await tx.execute(sql.raw("set local session_replication_role = replica; set local work_mem = '128MB'"))
    await tx.execute(sql.raw("set local maintenance_work_mem = '512MB'"))
    const indexes = await dropIndexes(tx)
    for (const [name, text] of statements(count)) await run(name, text)
    await run('indexes', indexes.join(';\n'))
  })
  await rollUp(db, count, say)
  // As autovacuum does by itself a little later.
  await db.execute(sql.raw('vacuum analyze'))
  return { ...(await namesOf(db)), ms: performance.now() - began }
}

/** Takes away the indexes that only speed up reading; the statements that make them again. */
async function dropIndexes(tx: Tx): Promise<string[]> {
  const found = await tx.execute(sql`
    select indexdef as text, indexname as name from pg_indexes join pg_class on relname = indexname
      join pg_index on indexrelid = pg_class.oid
    where schemaname = 'public' and not indisunique and tablename in ('agent_runs', 'jobs', 'beads', 'turns', 'run_events',
      'audit_log', 'pull_requests', 'evaluations', 'code_reviews', 'gates', 'artifacts', 'evidence')`)
  const rows = allRows(found)
  for (const { name } of rows) await tx.execute(sql`drop index ${sql.identifier(String(name))}`)
  return rows.map(({ text }) => String(text))
}

/**
 * What ended runs count as, by the function that counts them one by one; the newest the way that the engine goes, the
 * others summed at once, without what only a retry of theirs would need.
 */
async function rollUp(db: Db, count: number, say: (text: string) => void): Promise<void> {
  const began = performance.now()
  await db.execute(sql.raw('analyze agent_runs, beads, turns, evaluations, pull_requests, audit_log'))
  await db.transaction(async (tx) => {
    await tx.execute(sql.raw("set local work_mem = '128MB'; set local plan_cache_mode = force_custom_plan"))
    await tx.execute(
      sql.raw(
        'create temp table bench_facts (scope uuid, metric text, day date, key text, n bigint, total bigint) on commit drop',
      ),
    )
    const older = Math.max(0, count - WITH_TURNS)
    let after = '00000000-0000-0000-0000-000000000000'
    for (let done = 0; done < older; done += PART) {
      const many = Math.min(PART, older - done)
      const ids = sql`select id from agent_runs where id > ${after}::uuid order by id limit ${many}`
      await tx.execute(sql`
        insert into bench_facts
        select r.repository_id, f.metric, (r.created_at at time zone 'UTC')::date, f.key, sum(f.n), sum(f.total)
        from devpilot_end_facts(array(${ids})) f join agent_runs r on r.id = f.run_id group by 1, 2, 3, 4`)
      const [last] = allRows(await tx.execute(sql`select id from (${ids}) part order by id desc limit 1`))
      after = String(last?.id ?? after)
    }
    await tx.execute(sql.raw('analyze bench_facts'))
    await tx.execute(
      sql.raw(`insert into rollups (scope, metric, grain, day, key, n, total)
        select s.scope, metric, g.grain, case when g.grain = 'day' then day else date_trunc('month', day)::date end, key, sum(n), sum(total)
        from bench_facts cross join lateral (values (bench_facts.scope), ('00000000-0000-0000-0000-000000000000'::uuid)) s (scope)
          cross join (values ('day'), ('month')) g (grain)
        group by 1, 2, 3, 4, 5 order by 1, 2, 3, 4, 5`),
    )
    await tx.execute(
      sql`select devpilot_keep_ends(array(select id from agent_runs where id > ${after}::uuid))`,
    )
    await tx.execute(sql`select devpilot_fold_ends()`)
  })
  say(`  rollups: ${((performance.now() - began) / 1_000).toFixed(1)} s`)
}

export async function namesOf(db: Db): Promise<Omit<Filled, 'ms'>> {
  const ids = async (text: string) => allRows(await db.execute(sql.raw(text))).map(({ id }) => String(id))
  const busy = `from daily_stats group by repository_id order by sum(succeeded)`
  const [largest = ''] = await ids(`select repository_id as id ${busy} desc limit 1`)
  const [smallest = ''] = await ids(`select repository_id as id ${busy} limit 1`)
  return {
    runs: await ids(
      `select id from agent_runs where status = 'succeeded' and source = 'pipeline' order by created_at desc limit 5`,
    ),
    gates: await ids(`select id from gates where status = 'waiting' order by opened_at desc limit 3`),
    beads:
      await ids(`select id from beads where run_id = (select id from agent_runs where status = 'succeeded' and source = 'pipeline'
      order by created_at desc limit 1) and category = 'agent' order by seq limit 1`),
    learnings: await ids('select id from learnings order by created_at desc limit 1'),
    deliveries: await ids(
      'select id from webhook_deliveries where payload is not null order by received_at desc limit 1',
    ),
    repositories: { largest, smallest },
  }
}
