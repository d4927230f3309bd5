import { nearest } from './nearest'
import type { Ignored } from './run-filters'

/** Columns that a list of runs can show, in the order in which they are offered. */
export const columnNames = [
  'status',
  'title',
  'repository',
  'trigger',
  'flow',
  'author',
  'agents',
  'models',
  'score',
  'cost',
  'duration',
  'created',
] as const
export type ColumnName = (typeof columnNames)[number]

export const firstColumns: readonly ColumnName[] = [
  'status',
  'title',
  'repository',
  'trigger',
  'score',
  'cost',
  'created',
]

/** Which columns are shown, in their order, and how wide those are that somebody has drawn. */
export interface ColumnChoice {
  readonly shown: readonly ColumnName[]
  readonly widths: Readonly<Partial<Record<ColumnName, number>>>
}

export const COLUMNS_COOKIE = 'devpilot_columns'

/** So narrow and so wide, in px. */
export const columnWidth = { least: 56, most: 640 } as const

const isColumn = (name: unknown): name is ColumnName => columnNames.some((one) => one === name)

/** The known names of a list, each once; the title is always among them, for it is the row's link. */
export function readColumns(names: readonly unknown[]): ColumnName[] {
  const known = [...new Set(names.filter(isColumn))]
  return known.length === 0 || known.includes('title') ? known : ['title', ...known]
}

/** The columns that an address names, parted by dots, and what of it names none. */
export function readNamedColumns(text: string): {
  readonly shown: readonly ColumnName[]
  readonly ignored: readonly Ignored[]
} {
  const names = text.split('.').filter(Boolean)
  const ignored = names
    .filter((name) => !isColumn(name))
    .map((name) => {
      const like = nearest(name, columnNames)
      const why = `there is no such column${like ? `; did you mean "${like}"?` : ''}`
      return { name: 'columns', value: name.slice(0, 80), why }
    })
  return { shown: readColumns(names), ignored }
}

/** A choice as it was kept in a cookie; whatever is not understood is as at the beginning. */
export function readColumnChoice(text: string | undefined): ColumnChoice {
  const [names = '', sizes = ''] = (text ?? '').split('~')
  const shown = readColumns(names.split('.'))
  const widths: Partial<Record<ColumnName, number>> = {}
  for (const [index, size] of sizes.split('.').entries()) {
    const name = columnNames[index]
    const px = Number(size)
    if (name && Number.isInteger(px) && px >= columnWidth.least && px <= columnWidth.most) widths[name] = px
  }
  return { shown: shown.length > 0 ? shown : firstColumns, widths }
}

export function writeColumnChoice({ shown, widths }: ColumnChoice): string {
  return `${shown.join('.')}~${columnNames.map((name) => widths[name] ?? '').join('.')}`
}
