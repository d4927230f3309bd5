import { clsx } from 'clsx'
import {
  ChevronRight,
  CircleCheck,
  CircleDashed,
  CircleX,
  type LucideIcon,
  TriangleAlert,
} from 'lucide-react'
import { visible } from '@/lib/core/visible'
import type { Check } from './checks'

const looks: Readonly<Record<Check['verdict'], { tone: string; icon: LucideIcon; word: string }>> = {
  good: { tone: 'tone-green', icon: CircleCheck, word: 'Good' },
  bad: { tone: 'tone-red', icon: CircleX, word: 'Problem' },
  warn: { tone: 'tone-orange', icon: TriangleAlert, word: 'Look' },
  none: { tone: 'tone-grey', icon: CircleDashed, word: 'Not known' },
}

/** What the deterministic checks say, one line a check, its details behind it. */
export function CheckList({ checks }: { readonly checks: readonly Check[] }) {
  return (
    <ul className="divide-y rounded-lg border bg-surface">
      {checks.map((check) => (
        <li key={check.name}>
          <CheckRow check={check} />
        </li>
      ))}
    </ul>
  )
}

/** What goes beyond is shown when it is asked for. */
const AT_ONCE = 50

function Items({ items }: { readonly items: readonly string[] }) {
  return (
    <ul className="space-y-1">
      {items.map((item, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: a fixed list; items may be equal
        <li key={index} className="whitespace-pre-wrap">
          {visible(item)}
        </li>
      ))}
    </ul>
  )
}

function CheckRow({ check }: { readonly check: Check }) {
  const look = looks[check.verdict]
  const line = (
    <>
      <span className={clsx('flex w-24 shrink-0 items-baseline gap-1.5 text-xs font-medium', look.tone)}>
        <look.icon aria-hidden className="size-3.5 shrink-0 self-center" />
        {look.word}
      </span>
      <span className="w-28 shrink-0 font-medium">{check.name}</span>
      <span className="min-w-0 basis-full text-muted sm:flex-1 sm:basis-0">{visible(check.sentence)}</span>
    </>
  )
  const row = 'flex flex-wrap items-baseline gap-x-3 gap-y-0.5 px-3 py-2 text-sm'
  if (check.details.length === 0) return <div className={row}>{line}</div>
  return (
    <details className="group" open={check.verdict === 'bad'}>
      <summary className={clsx(row, 'relative pr-9 hover:bg-raised')}>
        {line}
        <ChevronRight
          aria-hidden
          className="absolute top-2.5 right-3 size-4 text-faint transition-transform group-open:rotate-90"
        />
      </summary>
      <div className="space-y-3 px-3 pb-3">
        {check.details.map((part) => (
          <div key={part.label}>
            <p className="mb-1 text-xs text-faint">{part.label}</p>
            <div className="code max-h-72 overflow-auto rounded-md border bg-bg px-3 py-2">
              <Items items={part.items.slice(0, AT_ONCE)} />
              {part.items.length > AT_ONCE && (
                <details className="mt-1">
                  <summary className="text-accent">and {part.items.length - AT_ONCE} more</summary>
                  <Items items={part.items.slice(AT_ONCE)} />
                </details>
              )}
            </div>
          </div>
        ))}
      </div>
    </details>
  )
}
