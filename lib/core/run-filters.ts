import { z } from 'zod'
import { fieldWords } from './field-words'
import { type TriggerName, triggerNames } from './names'
import { nearest } from './nearest'
import { type RunStatus, runStatusNames } from './status'

/** A moment: so many ms before now, or itself. */
export type Moment = { readonly agoMs: number } | { readonly at: Date }

const units = { m: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000 } as const
const dayMs = units.d
const isUnit = (text: string): text is keyof typeof units => text in units

/**
 * `90m`, `24h`, `7d`, `2w` before now, a day (UTC), or a time with its zone; null: none of these.
 * @param end a day means its end, not its beginning
 */
export function parseMoment(text: string, end = false): Moment | null {
  const [, count = '', unit = ''] = /^(\d{1,4})([mhdw])$/.exec(text) ?? []
  if (isUnit(unit)) return { agoMs: Number(count) * units[unit] }
  if (z.iso.date().safeParse(text).success) {
    return { at: new Date(Date.parse(text) + (end ? dayMs : 0)) }
  }
  return z.iso.datetime({ offset: true }).safeParse(text).success ? { at: new Date(text) } : null
}

/** The words of a text as they are searched: letters and digits, the rest only parts them. */
export function searchWords(text: string): string[] {
  return text.split(/[^\p{L}\p{N}\p{M}]+/u).filter((word) => word !== '')
}

const moment = z
  .string()
  .trim()
  .max(40)
  .refine((text) => parseMoment(text) !== null, 'is no day (2026-11-03), time or span (24h, 7d)')

const statuses = z
  .union([z.array(z.string().max(40)).max(40), z.string().max(400)])
  .transform((given, ctx): RunStatus[] => {
    const names = (Array.isArray(given) ? given : given.split(',')).map((name) => name.trim()).filter(Boolean)
    const known = new Set<RunStatus>()
    for (const name of names) {
      const status = runStatusNames.find((one) => one === name)
      if (status) known.add(status)
      else ctx.addIssue({ code: 'custom', message: unknown('status', name, runStatusNames) })
    }
    return [...known]
  })

const trigger = z
  .string()
  .max(40)
  .transform((given, ctx): TriggerName => {
    const found = triggerNames.find((one) => one === given)
    if (found) return found
    ctx.addIssue({ code: 'custom', message: unknown('trigger', given, triggerNames) })
    return z.NEVER
  })

function unknown(what: string, given: string, names: readonly string[]): string {
  const like = nearest(given, names)
  return `there is no ${what} "${given.slice(0, 40)}"${like ? `; did you mean "${like}"?` : ''}`
}

const numeral = (least: number, most: number) =>
  z
    .union(
      [
        z.number(),
        z
          .string()
          .regex(/^-?\d{1,30}(\.\d{1,30})?$/)
          .transform(Number),
      ],
      'is no number',
    )
    .pipe(z.number().min(least, `is below ${least}`).max(most, `is more than ${most}`))
const score = numeral(0, 100).pipe(z.int('is no whole number'))
const dollars = numeral(0, 1_000_000)
const flag = z.union(
  [
    z.boolean(),
    z
      .string()
      .regex(/^(true|false)$/)
      .transform((text) => text === 'true'),
  ],
  'is neither true nor false',
)
const longer = (most: number): string => `is longer than ${most} characters`
const word = z.string().trim().min(1).max(200, longer(200))

/** What a list of runs can be narrowed by; in URLs, in the API and for the CLI alike. */
export const runFilterFields = {
  /** Words of the title, the branch or the issue's number; each may be the beginning of one. */
  q: z.string().max(200, longer(200)).optional(),
  /** One status, or several: a list, or parted by commas. */
  status: statuses.optional(),
  trigger: trigger.optional(),
  /** Id or name. */
  repository: z.string().trim().min(1).max(300, longer(300)).optional(),
  flow: z.string().trim().min(1).max(60, longer(60)).optional(),
  /** An agent that took part. */
  agent: word.optional(),
  /** A model that was asked. */
  model: word.optional(),
  /** The id of who asked for it. */
  author: word.optional(),
  /** Asked for since: a day, a time, or a span before now (24h, 7d). */
  since: moment.optional(),
  /** Asked for until: a day with its last second, a time, or a span before now. */
  until: moment.optional(),
  scoreFrom: score.optional(),
  scoreTo: score.optional(),
  /** In dollars. */
  costFrom: dollars.optional(),
  costTo: dollars.optional(),
  /** Whose change was merged, or was not. */
  merged: flag.optional(),
  /** Only those that were given up and not put back. */
  dead: flag.optional(),
}
/** An unknown name is refused: without it a filter that is misspelt would hold for all runs. */
export const runFilterSchema = z.strictObject(runFilterFields)
export type RunFilters = z.output<typeof runFilterSchema>
export type RunFilterName = keyof typeof runFilterFields
export const runFilterNames = Object.keys(runFilterFields).filter(isFilterName)

/** Filters as a URL has them. */
export type RunFilterTexts = Partial<Readonly<Record<RunFilterName, string>>>

/** Something in a URL that says nothing. */
export interface Ignored {
  readonly name: string
  readonly value: string
  readonly why: string
}

function isFilterName(name: string): name is RunFilterName {
  return name in runFilterFields
}

type Query = Readonly<Record<string, string | readonly string[] | undefined>>

/**
 * The filters of a URL: what can be meant is kept, the rest is named with the reason.
 * @param others names that the page itself takes
 */
export function readRunFilters(
  query: Query,
  others: readonly string[] = [],
): { readonly filters: RunFilterTexts; readonly ignored: readonly Ignored[] } {
  const filters: Partial<Record<RunFilterName, string>> = {}
  const ignored: Ignored[] = []
  const drop = (name: string, value: string, why: string) =>
    ignored.push({ name, value: value.slice(0, 80), why })
  for (const [name, given] of Object.entries(query)) {
    const values = (typeof given === 'string' ? [given] : [...(given ?? [])]).map((text) => text.trim())
    if (others.includes(name)) continue
    if (!isFilterName(name)) {
      const like = nearest(name, runFilterNames)
      drop(name, values[0] ?? '', `there is no such filter${like ? `; did you mean "${like}"?` : ''}`)
      continue
    }
    const parts = name === 'status' ? values.flatMap((text) => text.split(',')) : values.slice(0, 1)
    for (const more of name === 'status' ? [] : values.slice(1))
      drop(name, more, 'it stands there twice; the first counts')
    const kept = parts.map((text) => text.trim()).filter((text) => text !== '' && readable(name, text, drop))
    if (kept.length > 0) filters[name] = [...new Set(kept)].join(',')
  }
  dropReversed(filters, drop)
  return { filters, ignored }
}

type Drop = (name: string, value: string, why: string) => void

function readable(name: RunFilterName, text: string, drop: Drop): boolean {
  const parsed = runFilterFields[name].safeParse(text, { error: fieldWords })
  if (!parsed.success) {
    drop(name, text, parsed.error.issues[0]?.message ?? 'it says nothing')
    return false
  }
  if (name !== 'q' || searchWords(text).length > 0) return true
  drop(name, text, 'it has no letter or digit to look for')
  return false
}

const ranges = [
  ['scoreFrom', 'scoreTo'],
  ['costFrom', 'costTo'],
  ['since', 'until'],
] as const

/** A range that ends before it begins: its end says nothing. */
function dropReversed(filters: Partial<Record<RunFilterName, string>>, drop: Drop): void {
  for (const [from, to] of ranges) {
    const [low, high] = [filters[from], filters[to]]
    if (low === undefined || high === undefined || !isReversed(from, low, high)) continue
    drop(to, high, `it ends before it begins (${from} is ${low})`)
    delete filters[to]
  }
}

function isReversed(from: (typeof ranges)[number][0], low: string, high: string): boolean {
  if (from !== 'since') return Number(low) > Number(high)
  const [begins, ends] = [parseMoment(low), parseMoment(high, true)]
  if (!begins || !ends) return false
  if ('agoMs' in begins && 'agoMs' in ends) return begins.agoMs < ends.agoMs
  return 'at' in begins && 'at' in ends && begins.at >= ends.at
}
