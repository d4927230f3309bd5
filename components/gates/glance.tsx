import { clsx } from 'clsx'
import { CircleCheck, CircleDashed, CircleX, type LucideIcon, TriangleAlert } from 'lucide-react'
import { visible } from '@/lib/core/visible'
import type { GateItem } from '@/lib/services/views'

const looks: Readonly<Record<GateItem['glance'][number]['verdict'], { tone: string; icon: LucideIcon }>> = {
  good: { tone: 'tone-green', icon: CircleCheck },
  warn: { tone: 'tone-orange', icon: TriangleAlert },
  bad: { tone: 'tone-red', icon: CircleX },
  none: { tone: 'tone-grey', icon: CircleDashed },
}

/** What the checks say, in a few words each. */
export function Glance({ items }: { readonly items: GateItem['glance'] }) {
  return (
    <ul aria-label="Checks" className="flex flex-wrap gap-x-3 gap-y-0.5 text-xs">
      {items.map(({ verdict, words }) => {
        const look = looks[verdict]
        return (
          <li
            key={words}
            className={clsx('flex items-center gap-1', verdict !== 'none' && 'whitespace-nowrap', look.tone)}
          >
            <look.icon aria-hidden className="size-3.5 shrink-0" />
            {visible(words)}
          </li>
        )
      })}
    </ul>
  )
}
