import { GitFork } from 'lucide-react'
import type { ReactNode } from 'react'
import { Link } from '@/components/ui/link'
import { RunStatusChip } from '@/components/ui/status'
import { TimeAgo } from '@/components/ui/time-ago'
import { visible } from '@/lib/core/visible'
import type { RunView } from '@/lib/services/views'

type Place = NonNullable<RunView['fork']>['place']

/** `coder, turn 3`, or `the beginning`. */
export function placeWords({ bead, step, turn }: Place): string {
  if (bead === null) return 'the beginning'
  return turn === null ? step : `${step}, turn ${turn}`
}

/** What a run was forked from, and what was forked from it. */
export function Kinship({ run, now }: { readonly run: RunView; readonly now: number }) {
  if (run.fork === null && run.forks.length === 0) return null
  return (
    <section aria-label="Forks" className="mb-5 space-y-1.5 rounded-lg border bg-surface px-4 py-2.5 text-sm">
      {run.fork && (
        <Line>
          <span>
            Forked from{' '}
            <Link
              href={placeHref(run.fork.run, run.fork.place)}
              className="text-accent underline underline-offset-2"
            >
              {visible(run.fork.title)}
            </Link>{' '}
            at {visible(placeWords(run.fork.place))}
          </span>
          <CompareLink run={run.fork.run} other={run.id} />
        </Line>
      )}
      {run.forks.map((fork) => (
        <Line key={fork.run}>
          <span>
            <Link href={`/runs/${fork.run}`} className="text-accent underline underline-offset-2">
              Fork
            </Link>{' '}
            at {visible(placeWords(fork.place))}
          </span>
          <RunStatusChip status={fork.status} />
          <span className="text-muted">
            <TimeAgo at={fork.createdAt} now={now} />
          </span>
          <CompareLink run={run.id} other={fork.run} />
        </Line>
      ))}
    </section>
  )
}

function Line({ children }: { readonly children: ReactNode }) {
  return (
    <div className="flex items-start gap-2">
      <GitFork aria-hidden className="mt-0.5 size-4 shrink-0 text-violet" />
      <p className="flex min-w-0 flex-wrap items-center gap-x-2 gap-y-1">{children}</p>
    </div>
  )
}

function placeHref(run: string, { seq, turn }: Place): string {
  if (seq === 0) return `/runs/${run}`
  return `/runs/${run}?bead=${seq}${turn === null ? '' : `&turn=${turn}`}`
}

function CompareLink({ run, other }: { readonly run: string; readonly other: string }) {
  return (
    <Link href={`/runs/${run}/compare?with=${other}`} className="text-accent underline underline-offset-2">
      Compare the two
    </Link>
  )
}
