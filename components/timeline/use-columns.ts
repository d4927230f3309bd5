'use client'

import { useState } from 'react'
import {
  COLUMNS_COOKIE,
  type ColumnChoice,
  type ColumnName,
  columnNames,
  writeColumnChoice,
} from '@/lib/core/run-columns'

const year = 365 * 24 * 3600

export interface Columns extends ColumnChoice {
  readonly show: (name: ColumnName, shown: boolean) => void
  /** One place to the left or to the right. */
  readonly move: (name: ColumnName, by: -1 | 1) => void
  readonly widen: (widths: ColumnChoice['widths']) => void
}

/**
 * The choice of columns, kept in a cookie: the server draws them right at once, and nothing jumps.
 * @param given what the server draws
 * @param named the columns that the address names, as a kept view does; others there are another choice
 */
export function useColumns(given: ColumnChoice, named: string): Columns {
  const [choice, setChoice] = useState(given)
  const [from, setFrom] = useState(named)
  if (from !== named) {
    setFrom(named)
    setChoice(given)
  }
  const keep = (next: ColumnChoice) => {
    setChoice(next)
    // biome-ignore lint/suspicious/noDocumentCookie: the Cookie Store API is not in every browser yet
    document.cookie = `${COLUMNS_COOKIE}=${writeColumnChoice(next)}; path=/; max-age=${year}; samesite=lax`
  }
  const { shown } = choice
  return {
    ...choice,
    show: (name, wanted) => {
      const rest = shown.filter((one) => one !== name)
      const place = columnNames.indexOf(name)
      const before = rest.filter((one) => columnNames.indexOf(one) < place).length
      keep({ ...choice, shown: wanted ? rest.toSpliced(before, 0, name) : rest })
    },
    move: (name, by) => {
      const from = shown.indexOf(name)
      const to = Math.max(0, Math.min(shown.length - 1, from + by))
      keep({ ...choice, shown: shown.toSpliced(from, 1).toSpliced(to, 0, name) })
    },
    widen: (widths) => keep({ ...choice, widths }),
  }
}
