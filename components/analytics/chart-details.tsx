'use client'

import { useEffect, useRef, useState } from 'react'
import type { Chart } from '@/lib/services/analytics/view'
import { ChartTable } from './chart-table'

interface ChartDetailsProps {
  readonly chart: Chart
  /** The query of the page, for the files. */
  readonly query: Readonly<Record<string, string>>
}

/** The figures behind a chart, made when they are asked for: a page has thousands of them. */
export function ChartDetails({ chart, query }: ChartDetailsProps) {
  const [asked, ask] = useState(false)
  const details = useRef<HTMLDetailsElement>(null)
  const look = () => {
    if (details.current?.open) ask(true)
  }
  // It may have been opened before this script was there.
  useEffect(look, [])
  return (
    <div className="relative">
      <details ref={details} className="group" onToggle={look}>
        <summary className="inline-flex h-7 items-center rounded-md border border-line-strong px-2.5 text-sm hover:bg-raised">
          <span className="group-open:hidden">Show the table</span>
          <span className="hidden group-open:inline">Hide the table</span>
        </summary>
        {asked && <ChartTable chart={chart} />}
      </details>
      {/* Beside the button, whether the table is shown or not. */}
      <p className="absolute top-0 right-0 flex h-7 items-center gap-4 text-sm">
        {(['csv', 'json'] as const).map((format) => (
          <a
            key={format}
            href={`/api/analytics/${chart.id}?${new URLSearchParams({ ...query, format })}`}
            download
            className="text-accent hover:underline"
          >
            <span className="sr-only">Download as </span>
            {format.toUpperCase()}
          </a>
        ))}
      </p>
    </div>
  )
}
