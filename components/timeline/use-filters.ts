'use client'

import { parseAsString, useQueryStates } from 'nuqs'
import { useTransition } from 'react'
import { type RunFilterName, type RunFilterTexts, runFilterNames } from '@/lib/core/run-filters'

/** What a change of a filter begins anew: where in the list we are. */
const places = { cursor: null, newer: null } as const

const keys = Object.fromEntries([...runFilterNames, 'cursor', 'newer'].map((name) => [name, parseAsString]))

export interface Filters {
  /** As the URL has them. */
  readonly values: RunFilterTexts
  readonly pending: boolean
  /** `replace`: while somebody types, so that back leads to what was there before it. */
  readonly set: (change: Partial<Record<RunFilterName, string | null>>, how?: 'push' | 'replace') => void
  readonly clear: () => void
}

/** The filters are the URL: what is seen can be sent to somebody, and back leads to what was seen before. */
export function useFilters(values: RunFilterTexts): Filters {
  const [pending, startTransition] = useTransition()
  const [, setStates] = useQueryStates(keys, { shallow: false, scroll: false, startTransition })
  const none = Object.fromEntries(runFilterNames.map((name) => [name, null]))
  return {
    values,
    pending,
    set: (change, history = 'push') => {
      const clean = Object.entries(change).map(([name, value]) => [name, value === '' ? null : value])
      void setStates({ ...Object.fromEntries(clean), ...places }, { history })
    },
    clear: () => void setStates({ ...none, ...places }, { history: 'push' }),
  }
}
