'use client'

import { Download } from 'lucide-react'
import type { RunFilterTexts } from '@/lib/core/run-filters'
import { BarMenu } from './bar-menu'

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
    <BarMenu icon={Download} label="Export">
      {link('csv', 'CSV of all that match')}
      {link('jsonl', 'JSON lines of all that match')}
    </BarMenu>
  )
}
