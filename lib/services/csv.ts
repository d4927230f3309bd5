/**
 * A cell that a spreadsheet shows and does not run: text that begins as a formula does (`= + - @`, tab, carriage
 * return, also behind spaces and in their full-width forms) gets an apostrophe in front.
 */
export function csvCell(value: string | number | null): string {
  if (value === null) return ''
  if (typeof value === 'number') return String(value)
  const text =
    /^[\s\0]*[=+\-@\t\r\uff1d\uff0b\uff0d\uff20]/.test(value) || /^[\t\r\n]/.test(value) ? `'${value}` : value
  return /[",\r\n;]/.test(text) || text !== text.trim() ? `"${text.replaceAll('"', '""')}"` : text
}

export function csvLine(cells: readonly (string | number | null)[]): string {
  return `${cells.map(csvCell).join(',')}\r\n`
}
