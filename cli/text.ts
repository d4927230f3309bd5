import { formatMicros } from '@/lib/core/budget'

/** Terminal text of untrusted strings: control characters (escape sequences too) are shown, not obeyed. */
export function plain(text: string): string {
  return text.replace(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g, (sign) =>
    sign.charCodeAt(0) < 32 ? String.fromCharCode(0x2400 + sign.charCodeAt(0)) : '\uFFFD',
  )
}

/** One line of at most this many letters. */
export function short(text: string, length: number): string {
  const line = plain(text).replace(/\s+/g, ' ').trim()
  const letters = [...line]
  return letters.length <= length ? line : `${letters.slice(0, Math.max(1, length - 1)).join('')}…`
}

/** Columns padded to their widest cell; the last one is as long as it is. */
export function table(rows: readonly (readonly string[])[]): string {
  const widths: number[] = []
  for (const row of rows) {
    row.forEach((cell, i) => {
      widths[i] = Math.max(widths[i] ?? 0, width(cell))
    })
  }
  return rows
    .map((row) =>
      row
        .map((cell, i) => (i === row.length - 1 ? cell : cell + ' '.repeat((widths[i] ?? 0) - width(cell))))
        .join('  ')
        .trimEnd(),
    )
    .join('\n')
}

/** Letters that are seen: colour sequences are none. */
function width(cell: string): number {
  return [...cell.replace(/\u001b\[[0-9;]*m/g, '')].length
}

/** `3m 12s` between two times; the second may be missing. */
export function lasted(start: string | null, end: string | null, now = Date.now()): string {
  if (start === null) return '-'
  const seconds = Math.max(0, Math.round(((end === null ? now : Date.parse(end)) - Date.parse(start)) / 1000))
  if (seconds < 60) return `${seconds}s`
  if (seconds < 3600) return `${Math.floor(seconds / 60)}m ${seconds % 60}s`
  return `${Math.floor(seconds / 3600)}h ${Math.floor((seconds % 3600) / 60)}m`
}

/** `5m ago`. */
export function ago(time: string, now = Date.now()): string {
  const minutes = Math.max(0, Math.floor((now - Date.parse(time)) / 60_000))
  if (minutes < 1) return 'just now'
  if (minutes < 60) return `${minutes}m ago`
  return minutes < 48 * 60 ? `${Math.floor(minutes / 60)}h ago` : `${Math.floor(minutes / 1440)}d ago`
}

export const money = formatMicros
