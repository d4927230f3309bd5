import { sql } from 'drizzle-orm'
import type { Db } from '@/lib/db/client'
import type { TimeCursor } from '../cursor'
import type { Way } from '../edges'
import { allOf, type Condition, columnsOf, type Wanted } from './conditions'
import { estimates, READ_AT_MOST } from './estimates'
import { placesOf } from './places'
import { endOfWalk, type Lane, orders, walkSql } from './walk'

/** Where a list begins, and which way it goes. */
export interface Place {
  readonly cursor: TimeCursor | null
  readonly towards: 'older' | 'newer'
}

export interface Found {
  /** In the order of the way: the nearest to the place first. */
  readonly rows: readonly TimeCursor[]
  /** The row up to which was looked when that is not the end of what there is; null: more or no rows, for certain. */
  readonly stoppedAt: TimeCursor | null
}

/**
 * Runs like this, by time. Every statement is bounded, whatever the filters: rows come in order out of an index (at
 * most 10,000 are looked at), or, where an index says that they are few, all at once to be sorted.
 * @param count so many at most
 */
export async function findRuns(db: Db, wanted: Wanted, place: Place, count: number): Promise<Found> {
  const { conditions, from, to } = wanted
  const way: Way = { from, to, ...place }
  const ordered = conditions.filter(({ index }) => index === 'ordered')
  if (ordered.length === conditions.length && ordered.length < 2) {
    return walk(db, conditions, way, count, ordered[0] ?? null)
  }
  const known = await estimates(
    db,
    conditions.filter(({ index }) => index !== 'none'),
  )
  const rows = (condition: Condition) => known.get(condition) ?? Number.POSITIVE_INFINITY
  const few = [...conditions].sort((a, b) => rows(a) - rows(b))[0]
  if (few && few.index === 'set' && rows(few) <= READ_AT_MOST) {
    const picked = await pick(db, conditions, way, count, few)
    if (picked) return picked
  }
  const driver = [...ordered].sort((a, b) => rows(a) - rows(b))[0] ?? null
  return walk(db, conditions, way, count, driver)
}

/**
 * All rows that one condition holds for, which are few, and of these such as are like the rest. The database is not
 * asked for all conditions at once: it would join the results of several indexes, each of half a million rows.
 * @returns null: they are more than was thought
 */
async function pick(
  db: Db,
  conditions: readonly Condition[],
  way: Way,
  count: number,
  few: Condition,
): Promise<Found | null> {
  const order = orders[way.towards]
  const rest = conditions.filter((condition) => condition !== few)
  const { from, to, cursor, towards } = way
  const sign = towards === 'older' ? sql`<` : sql`>`
  const times = [
    from ? sql`r.created_at >= ${from.toISOString()}::timestamptz` : null,
    to ? sql`r.created_at < ${to.toISOString()}::timestamptz` : null,
    cursor
      ? sql`(r.created_at, r.id) ${sign} (${cursor.at.toISOString()}::timestamptz, ${cursor.id}::uuid)`
      : null,
  ].filter((condition) => condition !== null)
  const where = allOf([...times, ...rest.map((condition) => condition.sql)])
  // The first row is the count alone: there is one even where no run is like this.
  const places = await placesOf(
    db,
    sql`with few as materialized (
        select ${columnsOf(rest)} from agent_runs r where ${few.sql} limit ${READ_AT_MOST + 1})
      select count(*)::integer as lane, null as id, now() as created_at from few union all
      select * from (select 0, r.id::text, r.created_at from few r ${where}
        order by r.created_at ${order}, r.id ${order} limit ${count}) found`,
  )
  const [total, ...rows] = places
  return (total?.lane ?? 0) > READ_AT_MOST ? null : { rows, stoppedAt: null }
}

const everything: readonly Lane[] = [{ column: null, value: '' }]

/** Rows by time, out of the driver's index or of that of all, and of these such as are like the rest. */
async function walk(
  db: Db,
  conditions: readonly Condition[],
  way: Way,
  count: number,
  driver: Condition | null,
): Promise<Found> {
  const rest = conditions.filter((condition) => condition !== driver)
  const lanes = driver?.lanes ?? everything
  // Several lanes share the work; one that came to its end is no matter.
  const bound = rest.length === 0 ? count : Math.max(count, Math.ceil(READ_AT_MOST / lanes.length))
  const found = await placesOf(db, walkSql(lanes, way, rest, count, bound))
  const unfilled = lanes.filter((_, number) => found.filter(({ lane }) => lane === number).length < count)
  const ends =
    rest.length === 0 ? [] : await Promise.all(unfilled.map((lane) => endOfWalk(db, lane, way, bound)))
  const nearer = (a: TimeCursor, b: TimeCursor): number =>
    (way.towards === 'older' ? -1 : 1) *
    (a.at.getTime() - b.at.getTime() || (a.id < b.id ? -1 : a.id > b.id ? 1 : 0))
  const [stop = null] = ends.filter((end) => end !== null).sort(nearer)
  const rows = found
    .filter((row) => stop === null || nearer(row, stop) <= 0)
    .sort(nearer)
    .slice(0, count)
  return { rows, stoppedAt: rows.length === count ? null : stop }
}
