'use client'

import { CalendarClock, FolderGit2, GitMerge, Hand, type LucideIcon, Play, User } from 'lucide-react'
import { FreshLine } from '@/components/timeline/fresh-line'
import { useHeld } from '@/components/timeline/use-held'
import { Link } from '@/components/ui/link'
import { RunStatusChip } from '@/components/ui/status'
import { TimeAgo } from '@/components/ui/time-ago'
import { visible } from '@/lib/core/visible'
import type { Activity } from '@/lib/services/views'
import { deedOf, detailOf, kindLabels } from './words'

const icons: Readonly<Record<Activity['kind'], LucideIcon>> = {
  run: Play,
  gate: Hand,
  change: GitMerge,
  schedule: CalendarClock,
  repository: FolderGit2,
  people: User,
}

interface FeedProps {
  readonly items: readonly Activity[]
  /** The feed begins with the newest there is: what comes is told of on top. */
  readonly atTop: boolean
  readonly now: number
}

const timeOf = (entry: Activity): string => entry.at

/** Who did what, the newest first, each with the way to what it is about. */
export function Feed({ items, atTop, now }: FeedProps) {
  const held = useHeld(items, timeOf)
  const shown = atTop ? held.shown : items
  return (
    <>
      <FreshLine
        count={atTop ? held.fresh : 0}
        full={held.fresh === items.length}
        one="entry"
        many="entries"
        show={held.show}
      />
      <ol aria-label="Activity" className="divide-y overflow-clip rounded-lg border bg-surface">
        {shown.map((entry) => (
          <Entry key={entry.id} entry={entry} now={now} />
        ))}
      </ol>
    </>
  )
}

function Entry({ entry, now }: { readonly entry: Activity; readonly now: number }) {
  const { kind, actor, action, run, repository, at } = entry
  const Icon = icons[kind]
  const detail = detailOf(entry)
  const place = placeOf(entry)
  return (
    <li className="relative flex min-h-9 items-start gap-3 px-3 py-2 text-sm hover:bg-raised">
      <span className="flex h-4.5 shrink-0 items-center text-faint" title={kindLabels[kind]}>
        <Icon aria-hidden className="size-4" />
        <span className="sr-only">{kindLabels[kind]}</span>
      </span>
      <p className="flex min-w-0 flex-1 flex-wrap items-baseline gap-x-1.5">
        <span className="font-medium">{visible(actor.name)}</span>
        <span>{visible(deedOf(action))}</span>
        {place && (
          <Link href={place} className="min-w-0 truncate font-medium after:absolute after:inset-0">
            {visible(run?.title ?? repository ?? 'Open')}
          </Link>
        )}
        {detail && <span className="min-w-0 truncate text-muted">{visible(detail)}</span>}
      </p>
      {run && (
        <span className="hidden h-4.5 shrink-0 items-center sm:flex">
          <RunStatusChip status={run.status} bare />
        </span>
      )}
      {repository && (
        <span className="hidden w-36 shrink-0 truncate text-muted lg:block">{visible(repository)}</span>
      )}
      <span className="w-20 shrink-0 text-right text-xs text-muted">
        <TimeAgo at={at} now={now} />
      </span>
    </li>
  )
}

/** What it is about; what has no page of its own leads to the runs of its repository. */
function placeOf({ run, repository, kind, data }: Activity): string | null {
  if (run)
    return kind === 'gate' && typeof data.gateId === 'string' ? `/gates/${data.gateId}` : `/runs/${run.id}`
  if (typeof data.query === 'string' && kind === 'people') return `/timeline?${data.query}`
  return repository ? `/timeline?${new URLSearchParams({ repository })}` : null
}
