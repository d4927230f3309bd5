import type { Ignored } from '@/lib/core/run-filters'
import { AppError } from '@/lib/errors'
import { type AnalyticsInput, analyticsFields, toPeriod } from './input'

type Name = keyof AnalyticsInput
const isName = (name: string): name is Name => name in analyticsFields
type Query = Readonly<Record<string, string | readonly string[] | undefined>>

/** What a page's URL asks for: what can be meant is kept, the rest is named, so that a bad link still shows a page. */
export function readAnalyticsQuery(query: Query, now: Date): { input: AnalyticsInput; ignored: Ignored[] } {
  const ignored: Ignored[] = []
  let input: AnalyticsInput = {}
  const drop = (name: string, value: string, why: string) =>
    ignored.push({ name, value: value.slice(0, 80), why })
  for (const [name, given] of Object.entries(query)) {
    const [value = '', ...more] = typeof given === 'string' ? [given] : (given ?? [])
    if (value === '') continue
    if (!isName(name)) {
      drop(name, value, 'there is no such filter')
      continue
    }
    for (const twice of more) drop(name, twice, 'it stands there twice; the first counts')
    const parsed = analyticsFields[name].safeParse(value)
    if (parsed.success) input = { ...input, [name]: parsed.data }
    else drop(name, value, reasons[name])
  }
  try {
    toPeriod(input, now)
    return { input, ignored }
  } catch (error) {
    if (!(error instanceof AppError)) throw error
    drop(
      'from',
      [input.from, input.to].filter(Boolean).join(' to '),
      error.message.replace(/^\w+: |\.$/g, ''),
    )
    const { from, to, ...rest } = input
    return { input: rest, ignored }
  }
}

const reasons: Readonly<Record<Name, string>> = {
  range: 'it is none of 7d, 30d, 90d, 365d',
  from: 'it is no day, such as 2026-11-03',
  to: 'it is no day, such as 2026-11-03',
  repository: 'it is no id of a repository',
}
