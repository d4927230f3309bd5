import { clsx } from 'clsx'
import { costOf, money } from '@/components/format'
import { href } from '@/components/params'
import { CliCommand } from '@/components/shell/cli-command'
import { Link } from '@/components/ui/link'
import { Meter } from '@/components/ui/meter'
import { Empty, Fact, Section } from '@/components/ui/panel'
import { Sparkline } from '@/components/ui/sparkline'
import { TimeAgo } from '@/components/ui/time-ago'
import { quoted } from '@/lib/core/quoted'
import { visible } from '@/lib/core/visible'
import type { ConfigCheck } from '@/lib/services/repositories/config-view'
import type { RepositoryDetail } from '@/lib/services/repositories/get'
import type { ScheduleView } from '@/lib/services/schedules/view'
import { baselineText, successText } from './health'
import { HealthStrip } from './health-strip'

interface FactsProps {
  readonly repository: RepositoryDetail
  readonly now: number
}

/** What it is and how it fares, in one row. */
export function RepositoryFacts({ repository, now }: FactsProps) {
  const { health } = repository
  const baseline = baselineText(health)
  const runs = (more: Readonly<Record<string, string>> = {}) =>
    href('/timeline', { repository: repository.id, ...more })
  const costs = 'status.title.cost.created'
  return (
    <dl className="grid grid-cols-2 gap-x-6 gap-y-4 rounded-lg border bg-surface px-4 py-3 md:grid-cols-4">
      <Fact label="Last 20 runs">
        <span className="flex flex-col gap-1">
          <HealthStrip health={health} />
          {health.recent.length > 0 && (
            <Link href={runs()} className="text-xs text-muted hover:underline">
              {successText(health)}
            </Link>
          )}
        </span>
      </Fact>
      <Fact label="Tests of the untouched base">
        {baseline === null ? (
          <span className="text-muted">A run’s first step will tell.</span>
        ) : (
          <>
            <Link
              href={href(`/runs/${health.baseline?.run}`, { tab: 'evidence' })}
              className={clsx('hover:underline', baseline.good ? 'tone-green' : 'tone-red')}
            >
              {baseline.text}
            </Link>
            {health.baseline && (
              <span className="block text-xs text-muted">
                <TimeAgo at={health.baseline.at} now={now} />
              </span>
            )}
          </>
        )}
      </Fact>
      <Fact label="Spent today">
        <Link
          href={runs({ since: new Date(now).toISOString().slice(0, 10), columns: costs })}
          className="num hover:underline"
        >
          {health.limitTodayMicros === null
            ? money(health.spentTodayMicros)
            : costOf(health.spentTodayMicros, health.limitTodayMicros)}
        </Link>
        {health.limitTodayMicros !== null && health.limitTodayMicros > 0 && (
          <Meter
            share={health.spentTodayMicros / health.limitTodayMicros}
            label="Share of today’s budget that is spent"
            tone="tone-orange"
          />
        )}
      </Fact>
      <Fact label="Spent by runs that ended, 14 days">
        <Link href={runs({ since: '14d', columns: costs })} className="num hover:underline">
          {money(repository.days.reduce((sum, day) => sum + day.costMicros, 0))}
        </Link>
        <Sparkline
          values={daily(repository, now)}
          label="Spent by runs that ended, each of the last 14 days"
        />
      </Fact>
    </dl>
  )
}

function daily({ days }: RepositoryDetail, now: number): number[] {
  return Array.from({ length: 14 }, (_, i) => {
    const day = new Date(now - (13 - i) * 86_400_000).toISOString().slice(0, 10)
    return days.find((one) => one.day === day)?.costMicros ?? 0
  })
}

const shown = ['Money', 'Gates', 'Limits', 'Models', 'Commands', 'Protection'] as const

/** What the configuration in force comes to. */
export function ConfigMeaning({ meaning }: { readonly meaning: ConfigCheck['meaning'] }) {
  return (
    <div className="grid gap-x-8 gap-y-5 sm:grid-cols-2">
      {shown.map((group) => (
        <div key={group}>
          <h3 className="mb-1 text-xs font-medium text-faint">{group}</h3>
          <dl className="divide-y text-sm">
            {meaning
              .filter((one) => one.group === group)
              .map(({ label, value }) => (
                <div key={label} className="flex justify-between gap-4 py-1.5">
                  <dt className="shrink-0 text-muted">{visible(label)}</dt>
                  <dd className="min-w-0 text-right">{visible(value)}</dd>
                </div>
              ))}
          </dl>
        </div>
      ))}
    </div>
  )
}

interface SchedulesProps {
  readonly schedules: readonly ScheduleView[]
  readonly now: number
}

/** When runs of it start by themselves. */
export function Schedules({ schedules, now }: SchedulesProps) {
  if (schedules.length === 0) {
    return (
      <p className="text-sm text-muted">
        None: a trigger with <code className="code">on: schedule</code> in devpilot.yaml makes one.
      </p>
    )
  }
  return (
    <ul aria-label="Schedules" className="divide-y rounded-lg border bg-surface text-sm">
      {schedules.map((schedule) => (
        <li key={schedule.id} className="flex flex-wrap items-baseline gap-x-4 gap-y-1 px-3 py-2">
          <code className="code font-semibold">{schedule.cron}</code>
          <span className="text-muted">{schedule.timeZone}</span>
          <span className="min-w-0 flex-1 truncate text-muted">{visible(schedule.flow.join(' → '))}</span>
          {schedule.nextAt && (
            <span>
              next <TimeAgo at={schedule.nextAt} now={now} />
            </span>
          )}
          {schedule.problem && <span className="tone-red w-full">{visible(schedule.problem)}</span>}
        </li>
      ))}
    </ul>
  )
}

/** The first run, where there was none. */
export function FirstRun({ repository }: { readonly repository: RepositoryDetail }) {
  return (
    <Section title="Runs">
      <Empty title="No run yet">
        <CliCommand>{`run --repo ${quoted(visible(repository.source))} --task "…"`}</CliCommand>
      </Empty>
    </Section>
  )
}
