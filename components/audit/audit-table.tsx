import { Bot, ChevronRight, Cog, type LucideIcon, User } from 'lucide-react'
import { href } from '@/components/params'
import { Link } from '@/components/ui/link'
import { Pre } from '@/components/ui/panel'
import { TimeAgo } from '@/components/ui/time-ago'
import { brief } from '@/lib/core/brief'
import { visible } from '@/lib/core/visible'
import type { AuditEntry } from '@/lib/services/views'

interface AuditTableProps {
  readonly entries: readonly AuditEntry[]
  readonly now: number
}

const icons: Readonly<Record<AuditEntry['actor']['kind'], LucideIcon>> = {
  user: User,
  agent: Bot,
  system: Cog,
}

/** Who did what and when, each entry's facts and hashes behind it. */
export function AuditTable({ entries, now }: AuditTableProps) {
  return (
    <ul aria-label="Audit entries" className="divide-y overflow-clip rounded-lg border bg-surface">
      {entries.map((entry) => (
        <li key={entry.id}>
          <Entry entry={entry} now={now} />
        </li>
      ))}
    </ul>
  )
}

function Entry({ entry, now }: { readonly entry: AuditEntry; readonly now: number }) {
  const Icon = icons[entry.actor.kind]
  return (
    <details id={entry.id} className="group">
      <summary className="flex min-h-9 flex-wrap items-center gap-x-3 gap-y-0.5 px-3 py-1.5 text-sm hover:bg-raised">
        <span
          className="flex min-w-0 flex-1 items-center gap-1.5 lg:w-36 lg:flex-none"
          title={entry.actor.kind}
        >
          <Icon aria-hidden className="size-3.5 shrink-0 text-faint" />
          <span className="truncate">{visible(entry.actor.name)}</span>
        </span>
        {/* Narrow: who and when, and what in a second line. */}
        <span aria-hidden className="order-1 basis-full lg:hidden" />
        <span className="code order-2 shrink-0 font-medium lg:order-none lg:w-52">
          {visible(entry.action)}
        </span>
        <span className="order-3 min-w-0 flex-1 basis-0 truncate text-muted lg:order-none">
          {visible(brief(entry.data))}
        </span>
        <span className="ml-auto shrink-0 text-xs text-muted">
          <TimeAgo at={entry.at} now={now} />
        </span>
        <ChevronRight
          aria-hidden
          className="size-3.5 shrink-0 text-faint transition-transform group-open:rotate-90"
        />
      </summary>
      <div className="space-y-2 px-3 pt-1 pb-3">
        <Pre text={visible(JSON.stringify(entry.data, null, 2))} />
        <p className="code flex flex-wrap gap-x-4 text-faint">
          <span>
            entry {entry.seq} of {entry.runId ? 'its run' : entry.chain}
          </span>
          <span title={entry.hash}>hash {entry.hash.slice(0, 16)}</span>
          <span title={entry.prevHash}>after {entry.prevHash.slice(0, 16)}</span>
          {entry.actor.via && <span>by {visible(entry.actor.via)}</span>}
          <Link href={href('/audit', { actor: entry.actor.id })} className="text-accent hover:underline">
            all of {visible(entry.actor.name)}
          </Link>
          <Link href={href('/audit', { action: entry.action })} className="text-accent hover:underline">
            all {visible(entry.action)}
          </Link>
          {entry.runId && (
            <Link href={`/runs/${entry.runId}`} className="text-accent hover:underline">
              open the run
            </Link>
          )}
        </p>
      </div>
    </details>
  )
}
