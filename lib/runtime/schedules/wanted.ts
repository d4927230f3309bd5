import type { Config } from '@/lib/core/config'
import { agentNames } from '@/lib/core/flow'

/** A schedule as a devpilot.yaml asks for it. */
export interface Wanted {
  /** What tells it from the repository's others, wherever it stands in the file. */
  readonly key: string
  readonly cron: string
  readonly timeZone: string
  readonly flow: string[]
  readonly missed: 'once' | 'skip'
}

/**
 * The schedules of a configuration. A time in a zone is one schedule, whatever place it has and flow it starts, so
 * that moving it about in the file does not make it another; the second of the same time is `#2`.
 */
export function wantedSchedules(config: Config): Wanted[] {
  const disabled: string[] = agentNames.filter((name) => !config.agents[name].enabled)
  const seen = new Map<string, number>()
  return config.pipeline.triggers.flatMap((entry): Wanted[] => {
    if (entry.on !== 'schedule' || entry.cron === undefined) return []
    const { cron, time_zone: timeZone = 'UTC', missed = 'once' } = entry
    const time = `${cron} ${timeZone}`
    const count = (seen.get(time) ?? 0) + 1
    seen.set(time, count)
    const key = count === 1 ? time : `${time} #${count}`
    return [{ key, cron, timeZone, missed, flow: entry.flow.filter((step) => !disabled.includes(step)) }]
  })
}
