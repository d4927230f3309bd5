'use client'

import { ArrowUp } from 'lucide-react'
import { plural } from '@/components/format'

interface FreshLineProps {
  readonly count: number
  /** Of the page, which may hold back more than there is room for. */
  readonly full: boolean
  readonly one: string
  readonly many: string
  readonly show: () => void
}

/** What came since the list was drawn. It stands there until it is pressed, and nothing jumps. */
export function FreshLine({ count, full, one, many, show }: FreshLineProps) {
  return (
    <div role="status" className="empty:hidden">
      {count > 0 && (
        <button
          type="button"
          onClick={show}
          className="mb-2 flex h-8 w-full items-center justify-center gap-1.5 rounded-md border border-accent bg-accent-tint text-sm font-medium text-accent"
        >
          <ArrowUp aria-hidden className="size-3.5" />
          {full ? `${count} or more new ${many}` : plural(count, `new ${one}`, `new ${many}`)}
        </button>
      )}
    </div>
  )
}
