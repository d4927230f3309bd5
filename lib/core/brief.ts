import { formatMicros } from './budget'

/** Facts of an entry that fit on a line, words and numbers: `target main · budget $3.00`; the others are left out. */
export function brief(data: Readonly<Record<string, unknown>>): string {
  return Object.entries(data)
    .filter(([, value]) => typeof value === 'string' || typeof value === 'number')
    .map(([name, value]) => word(name, value))
    .join(' · ')
    .slice(0, 300)
}

/** `budgetMicros: 3000000` as `budget $3.00`. */
function word(name: string, value: unknown): string {
  const spoken = name.replaceAll('_', ' ')
  if (typeof value === 'number' && name.endsWith('Micros'))
    return `${spoken.slice(0, -6)} ${formatMicros(value)}`
  return `${spoken} ${String(value)}`
}
