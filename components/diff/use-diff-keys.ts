'use client'

import { useShortcuts } from '@/components/shell/use-shortcuts'

interface DiffKeys {
  readonly file: (by: 1 | -1) => void
  readonly change: (by: 1 | -1) => void
  readonly view: () => void
  /** null where nobody comments on lines. */
  readonly comment: (() => void) | null
}

/** The keys of a diff, as `?` lists them. */
export function useDiffKeys({ file, change, view, comment }: DiffKeys): void {
  const group = 'The change'
  useShortcuts([
    { keys: ['j'], label: 'Next file', group, run: () => file(1), repeats: true },
    { keys: ['k'], label: 'File before', group, run: () => file(-1), repeats: true },
    { keys: ['n'], label: 'Next change', group, run: () => change(1), repeats: true },
    { keys: ['p'], label: 'Change before', group, run: () => change(-1), repeats: true },
    { keys: ['v'], label: 'The file is viewed, or not', group, run: view },
    ...(comment
      ? [
          { keys: ['c'], label: 'Comment on the line, or the first in view', group, run: comment },
          { keys: ['↑', '↓'], label: 'On a line: to another', group },
        ]
      : []),
  ])
}
