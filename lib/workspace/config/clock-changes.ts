import type { Config } from '@/lib/core/config'
import { type CronRule, nextTime } from './cron'

const DAY_MS = 86_400_000
const MINUTE_MS = 60_000
const DAYS = 400

/** The clocks of a zone go forward: local times from `from` up to `to` (as if they were UTC) do not exist. */
interface Gap {
  readonly at: Date
  readonly from: Date
  readonly to: Date
}

/** What the schedules of a configuration do on the day clocks go forward, where they name a time that is left out. */
export function scheduleWarnings({ pipeline }: Config, now: Date): string[] {
  return pipeline.triggers.flatMap(({ on, cron, time_zone: timeZone = 'UTC' }, index) => {
    const warning = on === 'schedule' && cron ? changeDayWarning({ cron, timeZone }, now) : null
    return warning === null ? [] : [`pipeline.triggers[${index}].cron: ${warning}`]
  })
}

/**
 * What becomes of a time that exists on most days and not on the day clocks go forward, once within the next year;
 * null when every one of its days has it.
 */
function changeDayWarning(rule: CronRule, now: Date): string | null {
  // Every hour, or every few: no hour is named that could be missing.
  if (rule.cron.split(' ')[1]?.startsWith('*')) return null
  for (const gap of gapsOf(rule.timeZone, now)) {
    // Local times are compared as if they were UTC, where every one exists.
    const missing = nextTime({ cron: rule.cron, timeZone: 'UTC' }, new Date(gap.from.getTime() - 1))
    if (!missing || missing >= gap.to) continue
    const came = nextTime(rule, new Date(gap.at.getTime() - 1))
    const instead = came?.getTime() === gap.at.getTime() ? `it runs at ${clock(gap.to)}` : 'it does not run'
    const day = missing.toISOString().slice(0, 10)
    return `${clock(missing)} does not exist in ${rule.timeZone} on ${day}, when clocks go from ${clock(gap.from)} to ${clock(gap.to)}: ${instead} on that day.`
  }
  return null
}

const clock = (time: Date): string => time.toISOString().slice(11, 16)

function gapsOf(timeZone: string, now: Date): Gap[] {
  const offset = offsets(timeZone)
  const gaps: Gap[] = []
  const start = Math.floor(now.getTime() / MINUTE_MS) * MINUTE_MS
  for (let day = 0; day < DAYS; day += 1) {
    let [low, high] = [start + day * DAY_MS, start + (day + 1) * DAY_MS]
    const [before, after] = [offset(low), offset(high)]
    if (after <= before) continue
    while (high - low > MINUTE_MS) {
      const middle = low + Math.floor((high - low) / 2 / MINUTE_MS) * MINUTE_MS
      if (offset(middle) === before) low = middle
      else high = middle
    }
    gaps.push({ at: new Date(high), from: new Date(high + before), to: new Date(high + after) })
  }
  return gaps
}

/** How far a zone's clocks are ahead of UTC at an instant, in milliseconds. */
function offsets(timeZone: string): (at: number) => number {
  const format = new Intl.DateTimeFormat('en-US', {
    timeZone,
    hourCycle: 'h23',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
  })
  return (at) => {
    const part = Object.fromEntries(format.formatToParts(at).map(({ type, value }) => [type, Number(value)]))
    const { year = 0, month = 1, day = 1, hour = 0, minute = 0 } = part
    return Date.UTC(year, month - 1, day, hour, minute) - at
  }
}
