import { asc, sql } from 'drizzle-orm'
import { repositories, runFacets } from '@/drizzle/schema'
import { allRows, type Db } from '@/lib/db/client'
import { authorise } from '../authorise'
import type { ServiceContext } from '../context'

interface Named {
  readonly id: string
  readonly name: string
}

/** What the filters of a list of runs can offer. */
export interface RunFacets {
  readonly repositories: readonly Named[]
  readonly flows: readonly string[]
  readonly agents: readonly string[]
  readonly models: readonly string[]
  readonly authors: readonly Named[]
}

/** So many of a kind are offered; others can still be typed. */
const MOST = 200

/** The values that runs have, found without reading the runs: an index is stepped over, from one value to the next. */
export async function runFacetsOf({ ctx }: { ctx: ServiceContext }): Promise<RunFacets> {
  authorise(ctx, 'read')
  const { db } = ctx
  const { id, name } = repositories
  const [all, flows, authors, noted] = await Promise.all([
    db.select({ id, name }).from(repositories).orderBy(asc(name)).limit(MOST),
    values(db, 'flow'),
    values(db, 'requested_by_id'),
    db
      .select()
      .from(runFacets)
      .orderBy(asc(runFacets.value))
      .limit(MOST * 2),
  ])
  const of = (kind: 'agent' | 'model') =>
    noted.filter((facet) => facet.kind === kind).map((facet) => facet.value)
  return {
    repositories: all,
    flows: flows.map(({ value }) => value),
    agents: of('agent'),
    models: of('model'),
    authors: authors.map((author) => ({ id: author.value, name: author.name })),
  }
}

async function values(db: Db, name: 'flow' | 'requested_by_id') {
  const column = sql.raw(name)
  const rows = allRows(
    await db.execute(sql`
      with recursive step as (
        (select ${column} as value from agent_runs where ${column} is not null order by ${column} limit 1)
        union all
        select (select r.${column} from agent_runs r where r.${column} > step.value order by r.${column} limit 1)
        from step where step.value is not null
      )
      select value, (select r.requested_by->>'name' from agent_runs r where r.${column} = step.value
        order by r.created_at desc limit 1) as name
      from step where value is not null limit ${MOST}`),
  )
  return rows.map((row) => ({ value: String(row.value), name: String(row.name) }))
}
