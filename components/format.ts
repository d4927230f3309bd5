import { formatMicros } from '@/lib/core/budget'

export { formatMicros as money } from '@/lib/core/budget'
export { plural } from '@/lib/core/plural'

/** `812`, `12.3k`, `4.1M`. */
export function tokens(count: number): string {
  if (count < 1_000) return String(count)
  if (count < 999_950) return `${trim(count / 1_000)}k`
  return `${trim(count / 1_000_000)}M`
}

function trim(value: number): string {
  return value.toFixed(1).replace(/\.0$/, '')
}

/** A span of time in ms as people say it: `340 ms`, `4.2 s`, `3 min 5 s`, `2 h 10 min`, `3 d 4 h`. */
export function duration(ms: number): string {
  if (ms < 1_000) return `${Math.max(0, Math.round(ms))} ms`
  if (ms < 10_000) return `${trim(ms / 1_000)} s`
  const seconds = Math.round(ms / 1_000)
  if (seconds < 60) return `${seconds} s`
  const minutes = Math.floor(seconds / 60)
  if (minutes < 60) return pair(minutes, 'min', seconds % 60, 's')
  const hours = Math.floor(minutes / 60)
  if (hours < 24) return pair(hours, 'h', minutes % 60, 'min')
  return pair(Math.floor(hours / 24), 'd', hours % 24, 'h')
}

function pair(big: number, bigUnit: string, small: number, smallUnit: string): string {
  return small === 0 ? `${big} ${bigUnit}` : `${big} ${bigUnit} ${small} ${smallUnit}`
}

/** `just now`, `4 min ago`, `in 3 h`; beyond a week the day itself. Both times in ms. */
export function relative(at: number, now: number): string {
  const distance = Math.abs(now - at)
  if (distance < 45_000) return at > now ? 'in a moment' : 'just now'
  if (distance > 7 * 86_400_000) return day(at, now)
  const minutes = Math.round(distance / 60_000)
  const hours = Math.round(minutes / 60)
  const days = Math.round(hours / 24)
  const span = minutes < 60 ? `${minutes} min` : hours < 48 ? `${hours} h` : `${days} d`
  return at > now ? `in ${span}` : `${span} ago`
}

function day(at: number, now: number): string {
  const date = new Date(at)
  const year = date.getUTCFullYear() === new Date(now).getUTCFullYear() ? '' : ` ${date.getUTCFullYear()}`
  return `${date.getUTCDate()} ${months[date.getUTCMonth()] ?? ''}${year}`
}

const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec']

/** How a reader wants times: how long ago, or by a clock. */
export type TimeMode = 'relative' | 'local' | 'utc'

export function timeMode(text: string | undefined): TimeMode {
  return text === 'local' || text === 'utc' ? text : 'relative'
}

/** The name of a time zone that this program knows, else null. */
export function knownZone(text: string | undefined): string | null {
  if (!text || !/^[\w+/-]{1,64}$/.test(text)) return null
  try {
    return new Intl.DateTimeFormat('en', { timeZone: text }).resolvedOptions().timeZone
  } catch (error) {
    if (error instanceof RangeError) return null
    throw error
  }
}

const formats = new Map<string, Intl.DateTimeFormat>()

/** The parts of a time in a zone. Put together by us: the words between them differ between browser and server. */
function partsOf(at: number, zone: string): Readonly<Record<string, string>> {
  const known = formats.get(zone)
  const format =
    known ??
    new Intl.DateTimeFormat('en', {
      timeZone: zone,
      hourCycle: 'h23',
      year: 'numeric',
      month: 'numeric',
      day: 'numeric',
      hour: '2-digit',
      minute: '2-digit',
      second: '2-digit',
      timeZoneName: 'longOffset',
    })
  formats.set(zone, format)
  return Object.fromEntries(format.formatToParts(at).map(({ type, value }) => [type, value]))
}

function dateOf({ day: date, month, year }: Readonly<Record<string, string>>): string {
  return `${date} ${months[Number(month) - 1] ?? ''} ${year}`
}

/** `27 Nov 2026, 14:05:09 UTC`; `27 Nov 2026, 15:05:09 (UTC+01:00)`. */
export function absolute(at: number, zone: string): string {
  if (!Number.isFinite(at)) return 'no time'
  const parts = partsOf(at, zone)
  const offset = (parts.timeZoneName ?? '').replace('GMT', 'UTC')
  // How no offset is written differs from browser to browser.
  const named = /^UTC(?:[+-]00:00)?$/.test(offset) ? 'UTC' : `(${offset})`
  return `${dateOf(parts)}, ${parts.hour}:${parts.minute}:${parts.second} ${named}`
}

/** `14:05:09` of the same day, `26 Nov 14:05` of the same year, else `3 Dec 2025 14:05`; in UTC with a Z. */
export function stamp(at: number, zone: string, now: number): string {
  if (!Number.isFinite(at)) return 'no time'
  const parts = partsOf(at, zone)
  const today = partsOf(now, zone)
  const end = zone === 'UTC' ? 'Z' : ''
  if (dateOf(parts) === dateOf(today)) return `${parts.hour}:${parts.minute}:${parts.second}${end}`
  const date = parts.year === today.year ? dateOf(parts).replace(/ \d+$/, '') : dateOf(parts)
  return `${date} ${parts.hour}:${parts.minute}${end}`
}

/** `14:05:09` in a zone. */
export function clock(at: number, zone: string): string {
  if (!Number.isFinite(at)) return 'no time'
  const { hour, minute, second } = partsOf(at, zone)
  return `${hour}:${minute}:${second}`
}

/** 7 characters of a commit id; the rest of the page keeps all of it. */
export function shortSha(sha: string): string {
  return sha.slice(0, 7)
}

/** `$0.42 of $3.00`. */
export function costOf(costMicros: number, budgetMicros: number): string {
  return `${formatMicros(costMicros)} of ${formatMicros(budgetMicros)}`
}

const triggers: Readonly<Record<string, string>> = {
  github_issue: 'GitHub issue',
  ci_failure: 'CI failure',
  sentry_alert: 'Sentry alert',
  schedule: 'schedule',
  manual: 'dashboard',
  cli: 'CLI',
  api: 'API',
  kestra: 'Kestra',
  chat: 'chat',
}

export function triggerLabel(trigger: string): string {
  return triggers[trigger] ?? trigger
}

/** A time to the minute: `2026-11-03 14:05 UTC`. */
export function minuteOf(at: string): string {
  return `${at.slice(0, 16).replace('T', ' ')} UTC`
}
