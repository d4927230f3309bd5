import type { ScheduleView } from '@/lib/services/schedules/view'
import { withApi } from '../connect'
import type { Invocation } from '../invocation'
import type { Io } from '../io'
import { runMark } from '../marks'
import { shortId } from '../resolve'
import { ago, short, table } from '../text'

/** The schedules of all repositories, the next one first. */
export async function command({ io }: Invocation): Promise<number> {
  return withApi(io, async (api) => {
    const all: ScheduleView[] = []
    let cursor: string | undefined
    do {
      const page = await api.listSchedules({ limit: 200, ...(cursor === undefined ? {} : { cursor }) })
      all.push(...page.items)
      cursor = page.next ?? undefined
    } while (cursor !== undefined)
    const items = all.sort((a, b) => (a.nextAt ?? '~').localeCompare(b.nextAt ?? '~'))
    io.data({ items, next: null }, () => scheduleTable(items, io))
    if (items.length === 0)
      io.note('No schedules: give a trigger of devpilot.yaml `on: schedule` and `cron`.')
    return 0
  })
}

function scheduleTable(items: readonly ScheduleView[], io: Io): string {
  const rows = items.map((one) => {
    const last = one.lastRun && one.lastAt ? one.lastRun : null
    const mark = last ? runMark(last.status) : null
    return [
      `  ${one.nextAt === null ? 'never' : localTime(one.nextAt, one.timeZone)}`,
      one.cron,
      short(one.repository.name, 30),
      short(one.flow.join(', '), 40),
      last && mark && one.lastAt
        ? `${io.paint(mark.tone, `${mark.icon} ${shortId(last.id)}`)} ${ago(one.lastAt)}`
        : '-',
      one.problem === null ? '' : io.paint('yellow', short(one.problem, 160)),
    ]
  })
  return table(rows)
}

/** `Mon 2026-11-30 02:30 Europe/Berlin`. */
function localTime(at: string, timeZone: string): string {
  const parts = new Intl.DateTimeFormat('en-GB', {
    timeZone,
    hourCycle: 'h23',
    weekday: 'short',
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
    hour: '2-digit',
    minute: '2-digit',
  }).formatToParts(new Date(at))
  const of = (name: string) => parts.find(({ type }) => type === name)?.value ?? ''
  return `${of('weekday')} ${of('year')}-${of('month')}-${of('day')} ${of('hour')}:${of('minute')} ${timeZone}`
}
