import { eq, type SQL, sql } from 'drizzle-orm'
import { z } from 'zod'
import { repositories } from '@/drizzle/schema'
import { type Moment, parseMoment, type RunFilters, searchWords } from '@/lib/core/run-filters'
import type { Db } from '@/lib/db/client'
import { toMicros } from './start-input'

/** What a row of `agent_runs` under the alias `r` must be like. */
export interface Condition {
  readonly sql: SQL
  /** The columns that it reads. */
  readonly columns: readonly string[]
  /**
   * `ordered`: each of `values` of the first column has its rows in an index, by time. `set`: an index finds the rows,
   * in no order. `plain`: only the row itself tells.
   */
  readonly index: 'ordered' | 'set' | 'plain'
  readonly values?: readonly string[]
}

export interface Wanted {
  readonly conditions: readonly Condition[]
  readonly since: Moment | null
  readonly until: Moment | null
}

/** Filters as conditions; null where nothing can match: a name that is not there, a text without a word. */
export async function wantedOf(db: Db, filters: RunFilters): Promise<Wanted | null> {
  const repository = filters.repository === undefined ? undefined : await repositoryId(db, filters.repository)
  if (repository === null) return null
  const words = filters.q === undefined ? [] : searchWords(filters.q)
  if (filters.q !== undefined && words.length === 0) return null
  const conditions = [
    oneOf('repository_id', repository === undefined ? [] : [repository]),
    oneOf('requested_by_id', listed(filters.author)),
    oneOf('status', filters.status ?? []),
    oneOf('flow', listed(filters.flow)),
    oneOf('trigger', listed(filters.trigger)),
    holds('agents', filters.agent),
    holds('models', filters.model),
    text(words),
    ...scores(filters),
    ...costs(filters),
    filters.dead ? deadOnes : null,
  ].filter((condition) => condition !== null)
  const { since, until } = filters
  return {
    conditions,
    since: since === undefined ? null : parseMoment(since),
    until: until === undefined ? null : parseMoment(until, true),
  }
}

const listed = (value: string | undefined): string[] => (value === undefined ? [] : [value])

async function repositoryId(db: Db, given: string): Promise<string | null> {
  if (z.uuid().safeParse(given).success) return given
  const [row] = await db
    .select({ id: repositories.id })
    .from(repositories)
    .where(eq(repositories.name, given))
    .limit(1)
  return row?.id ?? null
}

function oneOf(column: string, values: readonly string[]): Condition | null {
  if (values.length === 0) return null
  const list = sql.join(
    values.map((value) => (column === 'repository_id' ? sql`${value}::uuid` : sql`${value}::text`)),
    sql`, `,
  )
  return { sql: sql`r.${sql.raw(column)} in (${list})`, columns: [column], index: 'ordered', values }
}

function holds(column: 'agents' | 'models', value: string | undefined): Condition | null {
  if (value === undefined) return null
  return { sql: sql`r.${sql.raw(column)} @> array[${value}::text]`, columns: [column], index: 'set' }
}

/** Every word, or the beginning of one. Words hold letters and digits alone, so quoting them is enough. */
function text(words: readonly string[]): Condition | null {
  if (words.length === 0) return null
  const query = words.map((word) => `'${word}':*`).join(' & ')
  return { sql: sql`r.search @@ to_tsquery('simple', ${query})`, columns: ['search'], index: 'set' }
}

function scores({ scoreFrom, scoreTo }: RunFilters): Condition[] {
  const columns = ['score']
  return [
    ...(scoreFrom === undefined
      ? []
      : [{ sql: sql`r.score >= ${scoreFrom}::integer`, columns, index: 'set' as const }]),
    ...(scoreTo === undefined
      ? []
      : [{ sql: sql`r.score <= ${scoreTo}::integer`, columns, index: 'set' as const }]),
  ].reduce(both, [])
}

/** By the indexed step first, then by the sum itself. */
function costs({ costFrom, costTo }: RunFilters): Condition[] {
  const columns = ['cost_band', 'cost_micros']
  const band = (micros: number) => sql`devpilot_cost_band(${micros}::bigint)`
  const [from, to] = [costFrom, costTo].map((usd) => (usd === undefined ? undefined : toMicros(usd)))
  return [
    ...(from === undefined
      ? []
      : [
          {
            sql: sql`r.cost_band >= ${band(from)} and r.cost_micros >= ${from}::bigint`,
            columns,
            index: 'set' as const,
          },
        ]),
    ...(to === undefined
      ? []
      : [
          {
            sql: sql`r.cost_band <= ${band(to)} and r.cost_micros <= ${to}::bigint`,
            columns,
            index: 'set' as const,
          },
        ]),
  ].reduce(both, [])
}

/** Two ends of one range are one condition. */
function both(made: Condition[], next: Condition): Condition[] {
  const [first] = made
  return first ? [{ ...first, sql: sql`${first.sql} and ${next.sql}` }] : [next]
}

const deadOnes: Condition = {
  sql: sql`r.id in (select j.run_id from jobs j where j.state = 'dead')`,
  columns: ['id'],
  index: 'set',
}
