import { startsOf } from '@/lib/core/calendar'
import type { Facts, StepSum, Sum } from '../facts'
import type { Column } from '../view'

/** What a step is called in tables and on the axis. */
export function stepColumn({ period }: Facts): Column {
  const label = { day: 'Day', week: 'Week from', month: 'Month from' }[period.step]
  return { name: 'start', label, unit: 'day' }
}

/** Every step of the period with its sums, empty ones too: a gap in the data is a gap in the line. */
export function byStep(
  facts: Facts,
  sums: readonly StepSum[],
): { start: string; sums: readonly StepSum[] }[] {
  const held = Map.groupBy(sums, ({ start }) => start)
  return startsOf(facts.period).map((start) => ({ start, sums: held.get(start) ?? [] }))
}

export const count = (sums: readonly Sum[], key?: string): number => add(sums, key, ({ n }) => n)
export const total = (sums: readonly Sum[], key?: string): number => add(sums, key, (sum) => sum.total)

function add(sums: readonly Sum[], key: string | undefined, value: (sum: Sum) => number): number {
  return sums.reduce((all, sum) => (key === undefined || sum.key === key ? all + value(sum) : all), 0)
}

/** One sum a key. */
export function byKey(sums: readonly Sum[]): Sum[] {
  return [...Map.groupBy(sums, ({ key }) => key)].map(([key, of]) => ({
    key,
    n: count(of),
    total: total(of),
  }))
}

/** The first and the last step that hold something, where they differ. */
export function ends<T>(rows: readonly T[], value: (row: T) => number | null): [number, number] | null {
  const known = rows.map(value).filter((one) => one !== null)
  const [first, last] = [known[0], known.at(-1)]
  return first === undefined || last === undefined || known.length < 2 ? null : [first, last]
}
