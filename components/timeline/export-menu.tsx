'use client'

import { Download } from 'lucide-react'
import { buttonClass } from '@/components/ui/button'
import { Popover } from '@/components/ui/popover'
import type { RunFilterTexts } from '@/lib/core/run-filters'

/** Where exactly these runs are to be had as a file. */
export function exportHref(format: 'csv' | 'jsonl', query: Readonly<Record<string, string>>): string {
  return `/api/runs/export?${new URLSearchParams({ ...query, format })}`
}

/** All that is filtered, as a file. */
export function ExportMenu({ filters }: { readonly filters: RunFilterTexts }) {
  const link = (format: 'csv' | 'jsonl', label: string) => (
    <a
      href={exportHref(format, { ...filters })}
      download
      className="block rounded px-2 py-1.5 text-sm hover:bg-raised"
    >
      {label}
    </a>
  )
  return (
    <Popover
      label="Export"
      align="end"
      trigger={
        <button type="button" className={buttonClass('quiet')}>
          <Download aria-hidden className="size-3.5" />
          Export
        </button>
      }
    >
      {link('csv', 'CSV of all that match')}
      {link('jsonl', 'JSON lines of all that match')}
    </Popover>
  )
}
