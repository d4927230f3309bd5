const DAY_MS = 86_400_000

export const steps = ['day', 'week', 'month'] as const
export type CalendarStep = (typeof steps)[number]

/** Days from one to another, both included, as YYYY-MM-DD in UTC, and how finely they are shown. */
export interface Period {
  readonly from: string
  readonly to: string
  readonly step: CalendarStep
  /** It ends today or later: its last month holds nothing beyond it. */
  readonly open?: boolean
}

export function addDays(day: string, count: number): string {
  return new Date(Date.parse(day) + count * DAY_MS).toISOString().slice(0, 10)
}

/** Days from one to another, both included. */
export function dayCount(from: string, to: string): number {
  return Math.round((Date.parse(to) - Date.parse(from)) / DAY_MS) + 1
}

/** A period in at most some thirty steps. @param today no day after it has anything */
export function periodOf(from: string, to: string, today?: string): Period {
  const days = dayCount(from, to)
  const step = days <= 31 ? 'day' : days <= 190 ? 'week' : 'month'
  return { from, to, step, ...(today !== undefined && to >= today ? { open: true } : {}) }
}

/** Where the step of a day begins: the day, its Monday, or the first of its month. */
export function stepOf(day: string, step: CalendarStep): string {
  if (step === 'day') return day
  if (step === 'month') return `${day.slice(0, 7)}-01`
  return addDays(day, -((new Date(Date.parse(day)).getUTCDay() + 6) % 7))
}

/** The first and last day of a step, as far as the period holds them. */
export function daysOf(start: string, { from, to, step }: Period): { from: string; to: string } {
  const end = addDays(nextStep(start, step), -1)
  return { from: start < from ? from : start, to: end > to ? to : end }
}

/** The beginnings of all steps of a period, with or without anything in them. */
export function startsOf({ from, to, step }: Period): string[] {
  const starts: string[] = []
  for (let start = stepOf(from, step); start <= to; start = nextStep(start, step)) starts.push(start)
  return starts
}

function nextStep(start: string, step: CalendarStep): string {
  if (step !== 'month') return addDays(start, step === 'day' ? 1 : 7)
  return stepOf(addDays(start, 31), 'month')
}

export interface Span {
  readonly grain: 'day' | 'month'
  readonly from: string
  readonly to: string
}

/**
 * A period out of whole months and the days at its edges: a year is twelve sums instead of 365. The month that is not
 * over yet is whole where the period ends with it.
 */
export function spansOf({ from, to, open = false }: Omit<Period, 'step'>): Span[] {
  const first = from.endsWith('-01') ? from : nextStep(stepOf(from, 'month'), 'month')
  const after = open ? nextStep(stepOf(to, 'month'), 'month') : addDays(to, 1)
  const last = stepOf(after, 'month')
  if (first >= last) return [{ grain: 'day', from, to }]
  const spans: Span[] = [{ grain: 'month', from: first, to: addDays(last, -1) }]
  if (from < first) spans.push({ grain: 'day', from, to: addDays(first, -1) })
  if (last < after) spans.push({ grain: 'day', from: last, to })
  return spans
}
