import { type SQL, sql } from 'drizzle-orm'
import { z } from 'zod'
import { type Moment, parseMoment, type RunFilters, searchWords } from '@/lib/core/run-filters'
import type { Db } from '@/lib/db/client'
import { findNamed } from '../repositories/find'
import { toMicros } from './start-input'
import type { Lane } from './walk'

/** What a row of `agent_runs` under the alias `r` must be like. */
export interface Condition {
  readonly sql: SQL
  /** The columns that it reads. */
  readonly columns: readonly string[]
  /**
   * `ordered`: an index has the rows of each of `lanes` by time. `set`: an index finds the rows, in no order. `none`:
   * it can only be asked of each row.
   */
  readonly index: 'ordered' | 'set' | 'none'
  readonly lanes?: readonly Lane[]
  /** The part of it that an index answers, for estimates: what is told twice would be thought to be rare. */
  readonly indexed?: SQL
  /** Of a word's beginning: the whole word. See `estimates`. */
  readonly whole?: SQL
}

export interface Wanted {
  readonly conditions: readonly Condition[]
  /** Asked for from (with it) and to (without it). */
  readonly from: Date | null
  readonly to: Date | null
}

export function allOf(conditions: readonly SQL[]): SQL {
  return conditions.length === 0 ? sql`` : sql`where ${sql.join([...conditions], sql` and `)}`
}

/** What is needed of a row to judge these conditions: an index may have it all. */
export function columnsOf(conditions: readonly Condition[], more: readonly string[] = []): SQL {
  const names = new Set(['id', 'created_at', ...more, ...conditions.flatMap(({ columns }) => columns)])
  return sql.raw([...names].map((name) => `r.${name}`).join(', '))
}

/** Filters as conditions; null where nothing can match: a name that is not there, a text without a word. */
export async function wantedOf(db: Db, filters: RunFilters, now = new Date()): Promise<Wanted | null> {
  const repository = filters.repository === undefined ? undefined : await repositoryId(db, filters.repository)
  if (repository === null) return null
  const words = filters.q === undefined ? [] : wordsIn(filters.q)
  if (filters.q !== undefined && words.length === 0) return null
  const conditions = [
    oneOf('repository_id', repository === undefined ? [] : [repository]),
    oneOf('requested_by_id', listed(filters.author)),
    oneOf('status', filters.status ?? []),
    oneOf('flow', listed(filters.flow)),
    oneOf('trigger', listed(filters.trigger)),
    holds('agents', filters.agent),
    holds('models', filters.model),
    scores(filters),
    costs(filters),
    filters.merged === undefined ? null : mergedOnes(filters.merged),
    filters.dead ? deadOnes : null,
    ...words,
  ].filter((condition) => condition !== null)
  const { since, until } = filters
  const at = (text: string | undefined, end: boolean) =>
    text === undefined ? null : dateOf(parseMoment(text, end), now)
  return { conditions, from: at(since, false), to: at(until, true) }
}

/** What a run of these words is like, each word once, the longest first: it is the rarest as a rule. */
export function wordsIn(text: string): Condition[] {
  const words = new Set(searchWords(text).map((word) => word.toLowerCase()))
  return [...words].sort((a, b) => b.length - a.length).map(hasWord)
}

const listed = (value: string | undefined): string[] => (value === undefined ? [] : [value])

async function repositoryId(db: Db, given: string): Promise<string | null> {
  if (z.uuid().safeParse(given).success) return given
  return (await findNamed(db, given))?.id ?? null
}

/** A span of days is as long by this machine's clock as by the database's. */
function dateOf(moment: Moment | null, now: Date): Date | null {
  if (moment === null) return null
  return 'at' in moment ? moment.at : new Date(now.getTime() - moment.agoMs)
}

function oneOf(column: NonNullable<Lane['column']>, values: readonly string[]): Condition | null {
  if (values.length === 0) return null
  const list = values.map((value) => (column === 'repository_id' ? sql`${value}::uuid` : sql`${value}::text`))
  return {
    sql: sql`r.${sql.raw(column)} in (${sql.join(list, sql`, `)})`,
    columns: [column],
    index: 'ordered',
    lanes: values.map((value) => ({ column, value })),
  }
}

function holds(column: 'agents' | 'models', value: string | undefined): Condition | null {
  if (value === undefined) return null
  return { sql: sql`r.${sql.raw(column)} @> array[${value}::text]`, columns: [column], index: 'set' }
}

/**
 * A word, or the beginning of one; each is a condition of its own, so that the rarest can be looked up alone. It holds
 * letters and digits only: quoting is enough.
 */
const hasWord = (word: string): Condition => ({
  sql: sql`r.search @@ to_tsquery('simple', ${`'${word}':*`})`,
  columns: ['search'],
  index: 'set',
  // The index reads all words that begin so, and each letter less is twenty times as many.
  ...(word.length < 3 ? {} : { whole: sql`r.search @@ to_tsquery('simple', ${`'${word}'`})` }),
})

function scores({ scoreFrom, scoreTo }: RunFilters): Condition | null {
  const ends = [
    scoreFrom === undefined ? null : sql`r.score >= ${scoreFrom}::integer`,
    scoreTo === undefined ? null : sql`r.score <= ${scoreTo}::integer`,
  ]
  return range(['score'], ends, [])
}

/** By the indexed step first, then by the sum itself. */
function costs({ costFrom, costTo }: RunFilters): Condition | null {
  const [from, to] = [costFrom, costTo].map((usd) => (usd === undefined ? null : toMicros(usd)))
  const step = (micros: number) => sql`devpilot_cost_band(${micros}::bigint)`
  return range(
    ['cost_band', 'cost_micros'],
    [
      from === null || from === undefined ? null : sql`r.cost_micros >= ${from}::bigint`,
      to === null || to === undefined ? null : sql`r.cost_micros <= ${to}::bigint`,
    ],
    [
      from === null || from === undefined ? null : sql`r.cost_band >= ${step(from)}`,
      to === null || to === undefined ? null : sql`r.cost_band <= ${step(to)}`,
    ],
  )
}

/** One condition of the ends that are given; `steps` is what an index knows of them. */
function range(
  columns: readonly string[],
  ends: readonly (SQL | null)[],
  steps: readonly (SQL | null)[],
): Condition | null {
  const exact = ends.filter((end) => end !== null)
  const rough = steps.filter((step) => step !== null)
  if (exact.length === 0) return null
  return {
    sql: sql.join([...rough, ...exact], sql` and `),
    columns,
    index: 'set',
    ...(rough.length === 0 ? {} : { indexed: sql.join(rough, sql` and `) }),
  }
}

const mergedOnes = (yes: boolean): Condition => {
  const merge = sql`(select true from pull_requests p where p.run_id = r.id and p.merged_at is not null limit 1)`
  return yes
    ? { sql: sql`exists ${merge}`, columns: ['id'], index: 'set' }
    : // As `not exists` it would be a join with all merges that there are. Where few runs are like this, lists look back
      // part by part.
      { sql: sql`${merge} is null`, columns: ['id'], index: 'none' }
}

const deadOnes: Condition = {
  sql: sql`r.id in (select j.run_id from jobs j where j.state = 'dead')`,
  columns: ['id'],
  index: 'set',
}
