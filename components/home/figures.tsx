import { duration, money } from '@/components/format'
import { href } from '@/components/params'
import { Link } from '@/components/ui/link'
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
          className="relative flex flex-col rounded-lg border bg-surface px-4 py-3 last:col-span-2 hover:border-line-strong lg:last:col-span-1"
        >
          <p className="text-xs text-muted">
            <Link href={figure.href} className="after:absolute after:inset-0">
              {figure.label}
            </Link>
          </p>
          <p key={figure.value} className="num flash mt-1 text-lg font-semibold">
            {figure.value}
          </p>
          <p className="mb-auto pb-2 text-xs text-faint">{figure.note}</p>
          <Sparkline values={figure.series} label={describe(figure, stats.days)} />
        </li>
      ))}
    </ul>
  )
}

function figuresOf(days: readonly Day[], times: MergeTimes): readonly Figure[] {
  const week = days.slice(-7)
  return [
    {
      label: 'Merged this week',
      href: href('/timeline', { merged: 'true', since: week[0]?.day ?? null }),
      value: String(sum(week, (day) => day.merged)),
      note: `${sum(days.slice(0, -7), (day) => day.merged)} the week before`,
      series: days.map((day) => day.merged),
      show: whole,
    },
    {
      label: 'Success',
      href: '/timeline?since=14d',
      note: 'of runs that ended, 14 days',
      ...rate(days, days, (day) => [day.succeeded, day.succeeded + day.failed + day.other], percent),
    },
    {
      label: 'Median time to merge',
      href: cycle(days),
      value: times.median === null ? '–' : time(times.median),
      note: 'from request to merge, 14 days',
      series: days.map(({ day }) => times.days.find((one) => one.day === day)?.median ?? null),
      show: time,
    },
    {
      label: 'Cost per merged change',
      href: '/timeline?since=14d&columns=status.title.repository.cost.created',
      note: 'of runs that ended, 14 days',
      ...rate(days, days, (day) => [day.costMicros, day.merged], money),
    },
    {
      label: 'Score',
      href: '/timeline?scoreFrom=0&since=7d',
      note: 'average of 7 days, of 100',
      ...rate(days, week, (day) => [day.scoreSum, day.scored], whole),
    },
  ]
}

const percent = (value: number): string => `${Math.round(value * 100)}%`
const whole = (value: number): string => String(Math.round(value))
const time = (seconds: number): string => duration(seconds * 1_000)
const sum = (days: readonly Day[], of: (day: Day) => number): number =>
  days.reduce((total, day) => total + of(day), 0)

/** What comes to each: of all the days that count, and day by day; nothing where there is none to come to. */
function rate(
  days: readonly Day[],
  counted: readonly Day[],
  of: (day: Day) => readonly [what: number, each: number],
  show: Figure['show'],
): Pick<Figure, 'value' | 'series' | 'show'> {
  const share = (what: number, each: number): number | null => (each === 0 ? null : what / each)
  const all = share(
    sum(counted, (day) => of(day)[0]),
    sum(counted, (day) => of(day)[1]),
  )
  return { value: all === null ? '–' : show(all), series: days.map((day) => share(...of(day))), show }
}

/** How long merges took in these days. */
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
