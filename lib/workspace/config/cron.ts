import { Cron } from 'croner'
import { nearest } from '@/lib/core/nearest'

/** When something is due: five fields (minute hour day month weekday), read in an IANA time zone. */
export interface CronRule {
  readonly cron: string
  readonly timeZone: string
}

const FIELDS = 'minute (0-59) hour (0-23) day (1-31) month (1-12, JAN-DEC) weekday (0-7, SUN-SAT)'
/** Within eight years of it there is every date that there is: 29 February, and every clock change. */
const ANY_DAY = new Date('2024-01-01T00:00:00Z')

/**
 * Times named outright (`30 2 * * *`, `0 2,14 * * *`) that do not exist on the day clocks go forward come at the first
 * instant after the gap, and those that exist twice come once. Intervals (a `*` in minute or hour) follow the
 * clock. The rule of Vixie cron; see cron(8) of Debian.
 */
function cronOf({ cron, timeZone }: CronRule): Cron {
  return new Cron(cron, { timezone: timeZone, mode: '5-part', fixedTimeRule: 'no-wildcard', paused: true })
}

/** The first time after an instant, that instant itself left out; null when there is none. */
export function nextTime(rule: CronRule, after: Date): Date | null {
  return cronOf(rule).nextRun(after)
}

/**
 * The times from one that is known up to an instant, both included.
 * @param most where counting stops: a minute's schedule that stood still for a year has half a million
 */
export function timesSince(
  rule: CronRule,
  first: Date,
  until: Date,
  most = 1_000,
): { count: number; last: Date } {
  const cron = cronOf(rule)
  let last = first
  let count = 1
  for (; count < most; count += 1) {
    const next = cron.nextRun(last)
    if (!next || next > until) return { count, last }
    last = next
  }
  // Too many to count: the last one is found from the other end.
  const [latest] = cron.previousRuns(1, new Date(until.getTime() + 1))
  return { count, last: latest && latest > last ? latest : last }
}

/** What is wrong with the text of a cron time; null when it is good. */
export function cronProblem(cron: string): string | null {
  try {
    if (nextTime({ cron, timeZone: 'UTC' }, ANY_DAY) !== null) return null
    return `"${cron}" never comes: no month has such a day. Correct day and month.`
  } catch (error) {
    const said = error instanceof Error ? error.message.replace(/^\w+: /, '') : String(error)
    return `"${cron}" is no cron time: ${said.replace(/\.$/, '')}. Use five fields: ${FIELDS}.`
  }
}

/** What is wrong with the name of a time zone; null when there is such a zone. */
export function zoneProblem(name: string): string | null {
  if (!/^[+-]/.test(name)) {
    try {
      new Intl.DateTimeFormat('en', { timeZone: name })
      return null
    } catch (error) {
      if (!(error instanceof RangeError)) throw error
    }
  }
  const like = nearest(name, Intl.supportedValuesOf('timeZone'))
  const hint = like ? ` Did you mean "${like}"?` : ''
  return `"${name}" is no time zone.${hint} Use an IANA name such as Europe/Berlin or UTC.`
}
