import Link from 'next/link'
import { duration, money } from '@/components/format'
import { href } from '@/components/params'
import { Sparkline } from '@/components/ui/sparkline'
import type { MergeTimes } from '@/lib/services/stats/merge-time'
import type { StatsView } from '@/lib/services/views'

interface Figure {
  readonly label: string
  /** The runs that made it. */
  readonly href: string
  readonly value: string
  readonly note: string
  /** One a day, null where the day has nothing to say. */
  readonly series: readonly (number | null)[]
  readonly show: (value: number) => string
}

type Day = StatsView['days'][number]

interface FiguresProps {
  readonly stats: StatsView
  readonly times: MergeTimes
}

/** Five figures that stand alone, each with its fortnight. */
export function Figures({ stats, times }: FiguresProps) {
  return (
    <ul className="grid grid-cols-2 gap-3 lg:grid-cols-5">
      {figuresOf(stats.days, times).map((figure) => (
        <li
          key={figure.label}
          className="relative rounded-lg border bg-surface px-4 py-3 last:col-span-2 hover:border-line-strong lg:last:col-span-1"
        >
          <p className="text-xs text-muted">
            <Link href={figure.href} className="after:absolute after:inset-0">
              {figure.label}
            </Link>
          </p>
          <p key={figure.value} className="num flash mt-1 text-lg font-semibold">
            {figure.value}
          </p>
          <p className="mb-2 text-xs text-faint">{figure.note}</p>
          <Sparkline values={figure.series} label={describe(figure, stats.days)} />
        </li>
      ))}
    </ul>
  )
}

function figuresOf(days: readonly Day[], times: MergeTimes): readonly Figure[] {
  const week = days.slice(-7)
  const sum = (part: readonly Day[], of: (day: Day) => number): number =>
    part.reduce((total, day) => total + of(day), 0)
  const merged = sum(week, (day) => day.merged)
  const before = sum(days.slice(0, -7), (day) => day.merged)
  const ended = (day: Day): number => day.succeeded + day.failed + day.other
  const share = (top: number, bottom: number): number | null => (bottom === 0 ? null : top / bottom)
  const show = (value: number | null, as: (value: number) => string): string =>
    value === null ? '–' : as(value)
  const percent = (value: number): string => `${Math.round(value * 100)}%`
  const whole = (value: number): string => String(Math.round(value))
  const time = (seconds: number): string => duration(seconds * 1_000)
  return [
    {
      label: 'Merged this week',
      href: cycle(week),
      value: String(merged),
      note: `${before} the week before`,
      series: days.map((day) => day.merged),
      show: whole,
    },
    {
      label: 'Success',
      href: '/timeline?since=14d',
      value: show(
        share(
          sum(days, (day) => day.succeeded),
          sum(days, ended),
        ),
        percent,
      ),
      note: 'of runs that ended, 14 days',
      series: days.map((day) => share(day.succeeded, ended(day))),
      show: percent,
    },
    {
      label: 'Median time to merge',
      href: cycle(days),
      value: show(times.median, time),
      note: 'asked for to merged, 14 days',
      series: days.map(({ day }) => times.days.find((one) => one.day === day)?.median ?? null),
      show: time,
    },
    {
      label: 'Cost per merged change',
      href: '/timeline?since=14d&columns=status.title.repository.cost.created',
      value: show(
        share(
          sum(days, (day) => day.costMicros),
          sum(days, (day) => day.merged),
        ),
        money,
      ),
      note: 'all spending, 14 days',
      series: days.map((day) => share(day.costMicros, day.merged)),
      show: money,
    },
    {
      label: 'Score',
      href: '/timeline?scoreFrom=0&since=7d',
      value: show(
        share(
          sum(week, (day) => day.scoreSum),
          sum(week, (day) => day.scored),
        ),
        whole,
      ),
      note: 'average of 7 days, of 100',
      series: days.map((day) => share(day.scoreSum, day.scored)),
      show: whole,
    },
  ]
}

/** What was merged in these days and how long it took: the timeline knows no merges. */
function cycle(days: readonly Day[]): string {
  return `${href('/analytics', { from: days[0]?.day ?? null, to: days.at(-1)?.day ?? null })}#cycle`
}

/** The exact values behind the line, for hover and for who cannot see it. */
function describe(figure: Figure, days: readonly Day[]): string {
  const values = figure.series.map((value, index) => {
    const day = days[index]?.day.slice(5) ?? ''
    return `${day}: ${value === null ? '–' : figure.show(value)}`
  })
  return `${figure.label}, by day. ${values.join(', ')}`
}
