import { daysOf } from '@/lib/core/calendar'
import type { Facts } from './facts'

interface Runs {
  readonly status?: string
  readonly merged?: 'true'
  readonly agent?: string
  readonly model?: string
  readonly repository?: string
  /** Of one step of the period alone. */
  readonly start?: string
}

/** The timeline's page with the runs behind a number: those of the period, by the day they were asked for. */
export function runsOf({ period, repository }: Facts, { start, ...filters }: Runs = {}): string {
  const days = start === undefined ? period : daysOf(start, period)
  const query = new URLSearchParams({
    ...(repository === null ? {} : { repository }),
    ...filters,
    since: days.from,
    until: days.to,
  })
  return `/timeline?${query}`
}

const ended = ['succeeded', 'failed', 'rejected', 'aborted', 'cancelled']
export const ENDED = ended.join(',')
