import type { Cell } from './view'

/** What a spreadsheet would take for a formula, at the beginning of a cell; also after what it skips there. */
const formula = /^[\s\0]*[=+\-@\t\r]/

/**
 * A table as RFC 4180 has it. A text that a spreadsheet would run as a formula gets an apostrophe before it; numbers
 * stay numbers.
 */
export function toCsv(header: readonly string[], rows: readonly (readonly Cell[])[]): string {
  return [header, ...rows].map((row) => `${row.map(cell).join(',')}\r\n`).join('')
}

function cell(value: Cell): string {
  if (value === null) return ''
  if (typeof value === 'number') return String(value)
  const text = formula.test(value) ? `'${value}` : value
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}
