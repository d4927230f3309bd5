import { money } from '@/components/format'
import type { Cell, Unit } from '@/lib/services/analytics/view'

/** A value of a chart as people read it. The exact one stands behind it in the table, in CSV and in JSON. */
export function figure(value: Cell, unit: Unit): string {
  if (value === null) return '–'
  if (typeof value === 'string') return value
  switch (unit) {
    case 'share':
      return `${trim(value * 100)}%`
    case 'usd':
      return money(Math.round(value * 1_000_000))
    case 'seconds':
      return span(value)
    case 'count':
      return grouped(value)
    case 'score':
    case 'points':
      return trim(value)
    case 'text':
    case 'day':
      return String(value)
    default:
      return unit satisfies never
  }
}

const trim = (value: number): string => value.toFixed(1).replace(/\.0$/, '')
const grouped = (value: number): string => String(value).replace(/\B(?=(\d{3})+$)/g, ',')

/** Seconds in the largest unit that fits: an axis has no room for two. */
function span(seconds: number): string {
  if (seconds < 60) return `${Math.round(seconds)} s`
  if (seconds < 3_600) return `${trim(seconds / 60)} min`
  if (seconds < 86_400) return `${trim(seconds / 3_600)} h`
  return `${trim(seconds / 86_400)} d`
}

const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec']

/** `3 Nov` of `2026-11-03`. */
export function shortDay(day: string): string {
  const month = months[Number(day.slice(5, 7)) - 1]
  return month === undefined ? day : `${Number(day.slice(8))} ${month}`
}

/** The tone of a series as CSS has it. */
export const toneOf = (tone: string): string => `var(--${tone})`
