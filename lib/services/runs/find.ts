import { type SQL, sql } from 'drizzle-orm'
import type { Moment } from '@/lib/core/run-filters'
import { allRows, type Db } from '@/lib/db/client'
import { AppError } from '@/lib/errors'
import type { TimeCursor } from '../cursor'
import type { Condition, Wanted } from './conditions'
import { estimates } from './estimates'

/** Rows that one walk reads at most; 20,000 take about 30 ms. */
const WALKED = 20_000
/** Rows that are fetched out of order, and sorted, at most. */
const PICKED = 5_000

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
 * most 20,000 are looked at), or, where an index says that they are few, all at once to be sorted.
 * @param count so many at most
 */
export async function findRuns(db: Db, wanted: Wanted, place: Place, count: number): Promise<Found> {
  const { conditions } = wanted
  const ordered = conditions.filter(({ index }) => index === 'ordered')
  if (ordered.length === conditions.length && ordered.length < 2) {
    return walk(db, wanted, place, count, ordered[0] ?? null)
  }
  const known = await estimates(db, conditions)
  const rows = (condition: Condition) => known.get(condition) ?? Number.POSITIVE_INFINITY
  const few = [...conditions].sort((a, b) => rows(a) - rows(b))[0]
  if (few && few.index === 'set' && rows(few) <= PICKED) {
    const picked = await pick(db, wanted, place, count)
    if (picked) return picked
  }
  const driver = [...ordered].sort((a, b) => rows(a) - rows(b))[0] ?? null
  return walk(db, wanted, place, count, driver)
}

const DIRECTIONS = {
  older: { sign: sql`<`, order: sql`desc` },
  newer: { sign: sql`>`, order: sql`asc` },
} as const

/** Rows that are few by an index: all of them, sorted. null: they are more than was thought. */
async function pick(db: Db, wanted: Wanted, place: Place, count: number): Promise<Found | null> {
  const { order } = DIRECTIONS[place.towards]
  const where = allOf([...within(wanted, place), ...wanted.conditions.map((condition) => condition.sql)])
  const found = await placesOf(
    db,
    sql`select p.id, p.created_at, count(*) over () as found from
      (select r.id, r.created_at from agent_runs r ${where} limit ${PICKED + 1}) p
      order by p.created_at ${order}, p.id ${order} limit ${count}`,
  )
  return found.total > PICKED ? null : { rows: found.rows, stoppedAt: null }
}

/** Rows by time, of those that an index has in this order, and of these such as are like the rest of the conditions. */
async function walk(
  db: Db,
  wanted: Wanted,
  place: Place,
  count: number,
  driver: Condition | null,
): Promise<Found> {
  const rest = wanted.conditions.filter((condition) => condition !== driver)
  const columns = rest.flatMap((condition) => condition.columns)
  const bound = rest.length === 0 ? count : WALKED
  const { order } = DIRECTIONS[place.towards]
  const path = pathOf(wanted, place, driver, [...new Set(columns)], bound)
  const { rows } = await placesOf(
    db,
    sql`select r.id, r.created_at, 0 as found from (${path}) r ${allOf(rest.map((condition) => condition.sql))}
      order by r.created_at ${order}, r.id ${order} limit ${count}`,
  )
  if (rest.length === 0 || rows.length === count) return { rows, stoppedAt: null }
  const last = await placesOf(
    db,
    sql`select r.id, r.created_at, 0 as found from (${pathOf(wanted, place, driver, [], bound)}) r
      order by r.created_at ${order}, r.id ${order} offset ${bound - 1} limit 1`,
  )
  return { rows, stoppedAt: last.rows[0] ?? null }
}

/** At most `bound` rows in order out of the driver's index; those of several values are merged. */
function pathOf(
  wanted: Wanted,
  place: Place,
  driver: Condition | null,
  columns: readonly string[],
  bound: number,
): SQL {
  const { order } = DIRECTIONS[place.towards]
  const taken = sql.raw(
    ['id', 'created_at', ...columns.filter((name) => name !== 'id')].map((name) => `r.${name}`).join(', '),
  )
  const branch = (own: SQL[]) =>
    sql`(select ${taken} from agent_runs r ${allOf([...within(wanted, place), ...own])}
      order by r.created_at ${order}, r.id ${order} limit ${bound})`
  const [column] = driver?.columns ?? []
  if (!driver || column === undefined) return branch([])
  const each = (driver.values ?? []).map((value) => {
    const name = sql.raw(`r.${column}`)
    return branch([
      column === 'repository_id' ? sql`${name} = ${value}::uuid` : sql`${name} = ${value}::text`,
    ])
  })
  const [only] = each
  if (each.length === 1 && only) return only
  return sql`(select * from (${sql.join(each, sql` union all `)}) r
    order by r.created_at ${order}, r.id ${order} limit ${bound})`
}

/** The part of time that is looked at, as conditions that every index by time takes. */
function within({ since, until }: Wanted, { cursor, towards }: Place): SQL[] {
  const { sign } = DIRECTIONS[towards]
  const times = [
    since ? sql`r.created_at >= ${momentSql(since)}` : null,
    until ? sql`r.created_at < ${momentSql(until)}` : null,
    cursor
      ? sql`(r.created_at, r.id) ${sign} (${cursor.at.toISOString()}::timestamptz, ${cursor.id}::uuid)`
      : null,
  ]
  return times.filter((condition) => condition !== null)
}

/** A span is taken off the database's clock. */
const momentSql = (moment: Moment): SQL =>
  'at' in moment
    ? sql`${moment.at.toISOString()}::timestamptz`
    : sql`(now() - ${moment.agoMs}::double precision * interval '1 millisecond')`

function allOf(conditions: readonly SQL[]): SQL {
  return conditions.length === 0 ? sql`` : sql`where ${sql.join([...conditions], sql` and `)}`
}

async function placesOf(db: Db, query: SQL): Promise<{ rows: TimeCursor[]; total: number }> {
  const rows = allRows(await db.execute(query))
  const total = Number(rows[0]?.found ?? 0)
  return { rows: rows.map((row) => ({ at: dateOf(row.created_at), id: String(row.id) })), total }
}

/** Drivers give a time as a Date or as text. */
function dateOf(value: unknown): Date {
  if (value instanceof Date) return value
  if (typeof value === 'string') return new Date(value)
  throw new AppError('internal', 'The database gave no time.')
}
