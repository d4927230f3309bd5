import { z } from 'zod'
import { addDays, dayCount, type Period, periodOf } from '@/lib/core/calendar'
import { AppError } from '@/lib/errors'

export const rangeNames = ['7d', '30d', '90d', '365d'] as const
export type RangeName = (typeof rangeNames)[number]
export const DEFAULT_RANGE: RangeName = '30d'

/** The longest period that can be asked for: two years. */
const MOST_DAYS = 731

/** A range that ends today, or days of one's own (UTC, both included). */
export const analyticsFields = {
  range: z.enum(rangeNames).optional(),
  from: z.iso.date().optional(),
  to: z.iso.date().optional(),
  repository: z.uuid().optional(),
}
export const analyticsInput = z.strictObject(analyticsFields)
export type AnalyticsInput = z.output<typeof analyticsInput>

/**
 * The days that are asked for.
 * @throws AppError('bad_request') for an end before its beginning, or more than two years
 */
export function toPeriod({ range, from, to }: AnalyticsInput, now: Date): Period {
  const today = now.toISOString().slice(0, 10)
  if (from === undefined && to === undefined) return rangeOf(range ?? DEFAULT_RANGE, today)
  const end = to ?? today
  const begin = from ?? addDays(end, -29)
  const days = dayCount(begin, end)
  if (days < 1) throw refused('to', `it ends (${end}) before it begins (${begin})`)
  if (days > MOST_DAYS)
    throw refused('from', `it is ${days} days long; at most ${MOST_DAYS} can be asked for`)
  return periodOf(begin, end, today)
}

function rangeOf(range: RangeName, today: string): Period {
  return periodOf(addDays(today, 1 - Number.parseInt(range, 10)), today, today)
}

function refused(place: string, why: string): AppError {
  return new AppError('bad_request', `${place}: ${why}.`, {
    place,
    mend: 'Give days as from=2026-11-01&to=2026-11-30.',
  })
}
