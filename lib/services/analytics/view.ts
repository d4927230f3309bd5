import type { Ignored } from '@/lib/core/run-filters'
import type { ChartId } from './chart-ids'

export const units = ['text', 'day', 'count', 'share', 'usd', 'seconds', 'score', 'points'] as const
/** `share`: 0 to 1. `points`: a difference of shares, in percent points. */
export type Unit = (typeof units)[number]

export interface Column {
  readonly name: string
  readonly label: string
  readonly unit: Unit
}

export type Cell = string | number | null

export interface ChartRow {
  readonly cells: Readonly<Record<string, Cell>>
  /** By column: the runs behind the number. */
  readonly links: Readonly<Record<string, string>>
}

export interface Series {
  /** Its column. */
  readonly name: string
  readonly label: string
  /** Names of app/globals.css. */
  readonly tone: string
}

/** A question, its answer, and the table that both it and the drawing are made of. */
export interface Chart {
  readonly id: ChartId
  readonly question: string
  readonly answer: string
  /** What cannot be known, or how the figures come about. */
  readonly note: string | null
  readonly shape: 'lines' | 'stack' | 'bars' | 'calibration'
  /** The column along which it is drawn. */
  readonly along: string
  readonly series: readonly Series[]
  readonly columns: readonly Column[]
  readonly rows: readonly ChartRow[]
  /** Whether there is anything to draw. */
  readonly empty: boolean
}

export interface AnalyticsView {
  readonly from: string
  readonly to: string
  readonly repository: { readonly id: string; readonly name: string } | null
  /** Runs that were asked for in the period and have ended. */
  readonly ended: number
  readonly charts: readonly Chart[]
  readonly ignored: readonly Ignored[]
}
