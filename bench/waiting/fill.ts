import { sql } from 'drizzle-orm'
import { allRows, type Db } from '@/lib/db/client'

/**
 * As many runs again as wanted, each a copy of one that the engine itself brought to where it is: the run, its job,
 * its beads and its gates.
 */
export async function copies(db: Db, run: string, count: number): Promise<void> {
  await db.execute(
    sql`create table bench_ids as select gen_random_uuid() as id, n from generate_series(1, ${count}) n`,
  )
  await copy(db, 'agent_runs', sql`id = ${run}::uuid`, { id: 'bench_ids.id' })
  await copy(db, 'jobs', sql`run_id = ${run}::uuid`, {
    id: 'gen_random_uuid()',
    run_id: 'bench_ids.id',
    key: "'run:' || bench_ids.id",
  })
  await copy(db, 'beads', sql`run_id = ${run}::uuid`, { id: 'gen_random_uuid()', run_id: 'bench_ids.id' })
  await copy(db, 'gates', sql`run_id = ${run}::uuid`, {
    id: 'gen_random_uuid()',
    run_id: 'bench_ids.id',
    bead_id: 'null',
  })
  await db.execute(sql`drop table bench_ids`)
  // As autovacuum does by itself a minute later.
  await db.execute(sql`analyze`)
}

/** @param changed columns that differ from the original, as SQL */
async function copy(
  db: Db,
  table: string,
  where: ReturnType<typeof sql>,
  changed: Readonly<Record<string, string>>,
): Promise<void> {
  const found = await db.execute(sql`
    select column_name as name from information_schema.columns
    where table_schema = 'public' and table_name = ${table} and is_generated = 'NEVER' order by ordinal_position`)
  const names = allRows(found).map(({ name }) => String(name))
  const quoted = (name: string) => `"${name}"`
  const values = names.map((name) => changed[name] ?? quoted(name).replace(/^/, 'original.'))
  await db.execute(
    sql`insert into ${sql.identifier(table)} (${sql.raw(names.map(quoted).join(', '))})
      select ${sql.raw(values.join(', '))}
      from (select * from ${sql.identifier(table)} where ${where}) original cross join bench_ids`,
  )
}
