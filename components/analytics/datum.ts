import type { Cell, Chart } from '@/lib/services/analytics/view'

/** A row of a chart as Recharts takes it. */
export type Datum = Readonly<Record<string, Cell>>

export function dataOf(chart: Chart): Datum[] {
  return chart.rows.map(({ cells }) => cells)
}

/** The unit that the series of a chart share. */
export function unitOf({ columns, series }: Pick<Chart, 'columns' | 'series'>) {
  return columns.find(({ name }) => name === series[0]?.name)?.unit ?? 'count'
}
