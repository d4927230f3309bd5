import type { Unit } from '@/lib/services/analytics/view'
import { figure } from './figures'

const tick = { fill: 'var(--muted)', fontSize: 12 }
const line = { stroke: 'var(--line)' }

/** What every axis looks like: thin, quiet. */
export const axisLook = { tick, axisLine: line, tickLine: false as const }

/** The axis of values: at most five ticks, no line of its own. */
export const valueLook = (unit: Unit) => ({
  ...axisLook,
  axisLine: false as const,
  tickCount: 5,
  width: 52,
  tickFormatter: (value: number) => figure(value, unit),
})
