import { type SQL, sql } from 'drizzle-orm'
import type { TimeCursor } from '../cursor'
import { type Edge, edgesOf, type Way } from '../edges'
import { allOf, type Condition, columnsOf } from './conditions'
import { placesOf } from './places'

/** The rows of one value of an index's first column, or of all runs. */
export interface Lane {
  readonly column: 'status' | 'repository_id' | 'flow' | 'trigger' | 'requested_by_id' | null
  readonly value: string
}

export const orders = { older: sql`desc`, newer: sql`asc` } as const
/**
 * The rows of a lane in order, at most `bound` of them. The lane's column stands in the comparison and in the order:
 * only its own index serves those, where `column = value` would let the planner read all runs by time instead, in the
 * hope of finding some soon.
 */
function laneRows(lane: Lane, way: Way, taken: SQL, bound: number, offset = 0): SQL {
  const { low, high } = edgesOf(way)
  const order = orders[way.towards]
  const column = lane.column === null ? null : sql.raw(`r.${lane.column}`)
  const value = lane.column === 'repository_id' ? sql`${lane.value}::uuid` : sql`${lane.value}::text`
  const place = column ? sql`(${column}, r.created_at, r.id)` : sql`(r.created_at, r.id)`
  const end = ({ at, id, sign }: Edge) =>
    column
      ? sql`${place} ${sign} (${value}, ${at}::timestamptz, ${id}::uuid)`
      : sql`${place} ${sign} (${at}::timestamptz, ${id}::uuid)`
  return sql`select ${taken} from agent_runs r where ${end(low)} and ${end(high)}
    order by ${column ? sql`${column} ${order}, ` : sql``}r.created_at ${order}, r.id ${order}
    limit ${bound} offset ${offset}`
}

/** Of at most `bound` rows of each lane the first `count` that are like the rest of the conditions, with their lane. */
export function walkSql(
  lanes: readonly Lane[],
  way: Way,
  rest: readonly Condition[],
  count: number,
  bound: number,
): SQL {
  const order = orders[way.towards]
  const branches = lanes.map((lane, number) => {
    const column = lane.column === null ? null : sql.raw(`r.${lane.column}`)
    const taken = columnsOf(rest, lane.column === null ? [] : [lane.column])
    return sql`(select ${number}::integer as lane, r.id, r.created_at
      from (${laneRows(lane, way, taken, bound)}) r ${allOf(rest.map((condition) => condition.sql))}
      order by ${column ? sql`${column} ${order}, ` : sql``}r.created_at ${order}, r.id ${order} limit ${count})`
  })
  return sql.join(branches, sql` union all `)
}

/** The last row of a lane that a bounded walk reads, if there are so many: out of the index alone. */
export async function endOfWalk(
  db: Parameters<typeof placesOf>[0],
  lane: Lane,
  way: Way,
  bound: number,
): Promise<TimeCursor | null> {
  const query = laneRows(lane, way, sql`0 as lane, r.id, r.created_at`, 1, bound - 1)
  return (await placesOf(db, query))[0] ?? null
}
