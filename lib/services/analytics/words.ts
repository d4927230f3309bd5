import { formatMicros } from '@/lib/core/budget'

/** Figures as the sentences above the charts say them. */
export function percent(share: number): string {
  return share > 0 && share < 0.005 ? 'under 1%' : `${Math.round(share * 100)}%`
}

export const dollars = (usd: number): string => formatMicros(Math.round(usd * 1_000_000))

export function time(seconds: number): string {
  if (seconds < 90) return `${Math.round(seconds)} s`
  if (seconds < 5_400) return `${Math.round(seconds / 60)} min`
  if (seconds < 172_800) return `${short(seconds / 3_600)} h`
  return `${short(seconds / 86_400)} days`
}

const short = (value: number): string => value.toFixed(value < 10 ? 1 : 0).replace(/\.0$/, '')

/** `1 run`, `1,204 runs`. */
export function runs(count: number): string {
  return `${whole(count)} ${count === 1 ? 'run' : 'runs'}`
}

export function whole(count: number): string {
  return String(Math.round(count)).replace(/\B(?=(\d{3})+$)/g, ',')
}

/** `up 4`, `down 12`, `unchanged`. */
export function change(from: number, to: number, unit = ''): string {
  const by = Math.round(to) - Math.round(from)
  if (by === 0) return 'unchanged'
  return `${by > 0 ? 'up' : 'down'} ${Math.abs(by)}${unit}`
}

/** A part of a sum, null of nothing; rounded so that a table, CSV and JSON say the same. */
export function ratio(part: number, of: number): number | null {
  return of === 0 ? null : round(part / of, 4)
}

export function round(value: number, digits: number): number {
  return Number(value.toFixed(digits))
}

/** Micro-dollars as dollars, exactly. */
export const usd = (micros: number): number => round(micros / 1_000_000, 6)
