'use client'

import { Download, RotateCcw, X } from 'lucide-react'
import { plural } from '@/components/format'
import { Button, buttonClass } from '@/components/ui/button'
import type { RunFilterTexts } from '@/lib/core/run-filters'
import { BulkDialog } from './bulk-dialog'
import { exportHref } from './export-menu'
import type { BulkAction, BulkKind, Choice } from './types'

interface BulkBarProps {
  readonly choice: Choice
  readonly filters: RunFilterTexts
  readonly until: string
  readonly filtered: boolean
  /** All rows of the page are chosen, and there may be more. */
  readonly mayTakeAll: boolean
  readonly takeAll: () => void
  readonly clear: () => void
  /** What is asked about or being done; null: nothing. */
  readonly asked: BulkKind | null
  readonly ask: (kind: BulkKind | null) => void
  readonly act: BulkAction
}

/** What can be done to what is chosen. It stays in view. */
export function BulkBar(props: BulkBarProps) {
  const { choice, filters, until, filtered, mayTakeAll, takeAll, clear, asked, ask, act } = props
  const all = filtered ? 'All that match are chosen' : 'All runs are chosen'
  const query = choice.kind === 'rows' ? { ids: choice.ids.join(',') } : filters
  return (
    <section
      aria-label="What is chosen"
      className="sticky bottom-16 z-10 mt-3 flex flex-wrap items-center gap-2 rounded-lg border border-line-strong bg-raised px-3 py-2 md:bottom-3"
    >
      <p role="status" className="text-sm font-medium">
        {choice.kind === 'all' ? all : `${plural(choice.ids.length, 'run')} chosen`}
      </p>
      {mayTakeAll && choice.kind === 'rows' && (
        <Button look="quiet" className="text-accent" onClick={takeAll}>
          {filtered ? 'Choose all that match' : 'Choose all runs'}
        </Button>
      )}
      <div className="flex flex-wrap gap-2 lg:ml-auto">
        <Button look="danger" onClick={() => ask('cancel')}>
          Cancel…
        </Button>
        <Button onClick={() => ask('retry')}>
          <RotateCcw aria-hidden className="size-3.5" />
          Retry…
        </Button>
        <a href={exportHref('csv', query)} download className={buttonClass('plain')}>
          <Download aria-hidden className="size-3.5" />
          CSV
        </a>
        <a href={exportHref('jsonl', query)} download className={buttonClass('plain')}>
          JSON lines
        </a>
        <button
          type="button"
          onClick={clear}
          aria-label="Choose none"
          className="rounded-md p-2 text-muted hover:bg-surface hover:text-ink"
        >
          <X aria-hidden className="size-4" />
        </button>
      </div>
      {asked && (
        <BulkDialog
          kind={asked}
          choice={choice}
          filters={filters}
          until={until}
          act={act}
          close={() => ask(null)}
        />
      )}
    </section>
  )
}
