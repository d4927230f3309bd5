import { sql } from 'drizzle-orm'
import { allRows, type Db, type Tx } from '@/lib/db/client'

/**
 * As many runs again as wanted, each a copy of one that the engine itself brought to where it is: the run, its job,
 * its beads and its gates.
 */
export async function copies(db: Db, run: string, count: number): Promise<void> {
  await db.transaction(async (tx) => {
    // Without triggers: each of these rows would wait for the counter of its status.
    await tx.execute(sql`set local session_replication_role = replica`)
    await tx.execute(
      sql`create temp table bench_ids on commit drop as
        select gen_random_uuid() as id from generate_series(1, ${count})`,
    )
    await copy(tx, 'agent_runs', sql`id = ${run}::uuid`, { id: 'bench_ids.id' })
    const own = { id: 'gen_random_uuid()', run_id: 'bench_ids.id' }
    const where = sql`run_id = ${run}::uuid`
    await copy(tx, 'jobs', where, { ...own, key: "'run:' || bench_ids.id" })
    await copy(tx, 'beads', where, own)
    await copy(tx, 'gates', where, { ...own, bead_id: 'null' })
  })
  // As autovacuum does by itself a minute later.
  await db.execute(sql`analyze`)
}

/** @param changed columns that differ from the original, as SQL */
async function copy(
  db: Tx,
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
