'use client'

import type { TooltipContentProps } from 'recharts'
import { visible } from '@/lib/core/visible'
import type { Column } from '@/lib/services/analytics/view'
import type { Datum } from './datum'
import { figure } from './figures'

interface TipProps {
  readonly tip: TooltipContentProps
  readonly columns: readonly Column[]
  readonly along: string
}

/** The exact values of a point: a row of the table. */
export function Tip({ tip, columns, along }: TipProps) {
  const row = tip.payload[0]?.payload as Datum | undefined
  if (!tip.active || !row) return null
  return (
    <div className="rounded-md border border-line-strong bg-surface px-3 py-2 text-xs">
      <p className="mb-1 font-medium">{visible(String(row[along] ?? ''))}</p>
      <dl className="grid grid-cols-[auto_auto] gap-x-4 gap-y-0.5">
        {columns
          .filter(({ name }) => name !== along)
          .map(({ name, label, unit }) => (
            <div key={name} className="contents">
              <dt className="text-muted">{label}</dt>
              <dd className="num text-right">{visible(figure(row[name] ?? null, unit))}</dd>
            </div>
          ))}
      </dl>
    </div>
  )
}
