import { formatMicros } from '@/lib/core/budget'

export { formatMicros as money } from '@/lib/core/budget'

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

/** 7 characters of a commit id; the rest of the page keeps all of it. */
export function shortSha(sha: string): string {
  return sha.slice(0, 7)
}

/** `1 file`, `3 files`. */
export function plural(count: number, one: string, many = `${one}s`): string {
  return `${count} ${count === 1 ? one : many}`
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
