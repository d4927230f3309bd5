import { CircleCheck, CircleDashed, CircleX, type LucideIcon, TriangleAlert } from 'lucide-react'
import type { Checked } from '@/lib/core/checked'
import { visible } from '@/lib/core/visible'

type Look = { readonly tone: string; readonly word: string; readonly icon: LucideIcon }

const looks: Readonly<Record<Checked['status'], Look>> = {
  ok: { tone: 'tone-green', word: 'works', icon: CircleCheck },
  warn: { tone: 'tone-amber', word: 'in part', icon: TriangleAlert },
  fail: { tone: 'tone-red', word: 'does not work', icon: CircleX },
}

/** Its detail says in words that it was not tried. */
const untried: Look = { tone: 'tone-grey', word: '', icon: CircleDashed }

/** What was looked at, the worst first, each with what mends it. */
export function CheckList({ checks }: { readonly checks: readonly Checked[] }) {
  const order = ['fail', 'warn', 'ok'] as const
  const sorted = order.flatMap((status) => checks.filter((check) => check.status === status))
  return (
    <ul aria-label="What was looked at" className="divide-y rounded-lg border bg-surface text-sm">
      {sorted.map((check) => {
        const { tone, word, icon: Icon } = check.untried ? untried : looks[check.status]
        return (
          <li
            key={`${check.name} ${check.detail}`}
            className="grid grid-cols-[1rem_minmax(0,1fr)] gap-x-2.5 px-3 py-2 sm:grid-cols-[1rem_9rem_minmax(0,1fr)]"
          >
            <Icon aria-hidden className={`${tone} mt-0.5 size-4`} />
            <span className="font-medium">
              {check.name}
              <span className="sr-only">{word && `, ${word}`}:</span>
            </span>
            <span className="col-start-2 min-w-0 text-muted sm:col-start-3">
              <span className="whitespace-pre-wrap">{visible(check.detail)}</span>
              {check.mend && <span className="block text-ink">{visible(check.mend)}</span>}
            </span>
          </li>
        )
      })}
    </ul>
  )
}
