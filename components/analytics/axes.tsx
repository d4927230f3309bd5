import type { Unit } from '@/lib/services/analytics/view'
import { figure } from './figures'

const tick = { fill: 'var(--muted)', fontSize: 12 }
const line = { stroke: 'var(--line)' }

/** What every axis looks like: thin, quiet. */
export const axisLook = { tick, axisLine: line, tickLine: false as const }

const [MINUTE, HOUR, DAY] = [60, 3_600, 86_400]
const roundTimes = [
  ...[5, 15, 30, MINUTE, 2 * MINUTE, 5 * MINUTE, 10 * MINUTE, 15 * MINUTE, 30 * MINUTE],
  ...[HOUR, 2 * HOUR, 4 * HOUR, 6 * HOUR, 12 * HOUR, DAY, 2 * DAY, 5 * DAY, 10 * DAY, 30 * DAY],
]

/** Ticks of a time axis at spans that people count in; Recharts would take 16.7 minutes. */
export function timeTicks(most: number): number[] {
  const step = roundTimes.find((one) => most / one <= 5) ?? 90 * DAY
  return Array.from({ length: Math.ceil(most / step) + 1 }, (_, index) => index * step)
}

/** The axis of values: at most five ticks, no line of its own. */
export const valueLook = (unit: Unit) => ({
  ...axisLook,
  axisLine: false as const,
  tickCount: 5,
  width: 52,
  tickFormatter: (value: number) => figure(value, unit),
})
