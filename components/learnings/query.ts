import { hasWord, isId, isShort, type Query, readAddress } from '@/components/params'
import type { Ignored } from '@/lib/core/run-filters'

/** The lists of learnings, as tabs. */
export const statusTabs = {
  proposed: { label: 'Waiting for approval', empty: 'Nothing waits for approval' },
  approved: { label: 'In use', empty: 'Nothing is in use' },
  expired: { label: 'Ended', empty: 'Nothing has ended' },
  rejected: { label: 'Refused', empty: 'Nothing was refused' },
  all: { label: 'All', empty: 'Nothing was learned yet' },
} as const
export type StatusTab = keyof typeof statusTabs

export const kindLabels = {
  success: 'What worked',
  mistake: 'Mistake',
  reviewer_rule: 'Rule of review',
} as const
export type LearningKind = keyof typeof kindLabels

export interface LearningValues extends Readonly<Record<string, string>> {
  readonly status: StatusTab
  readonly kind: LearningKind | ''
  readonly repository: string
  readonly q: string
}

const names = ['status', 'kind', 'repository', 'q', 'cursor']
const isTab = (text: string): text is StatusTab => Object.hasOwn(statusTabs, text)
const isKind = (text: string): text is LearningKind => Object.hasOwn(kindLabels, text)

/** Reads the address of the learnings. @param isCursor whether a list gave it out */
export function learningQuery(
  query: Query,
  isCursor: (text: string) => boolean,
): { values: LearningValues; cursor: string; ignored: readonly Ignored[] } {
  const { held, ignored } = readAddress(query, names)
  return {
    values: {
      status: held('status', isTab, 'there is no such list') || 'proposed',
      kind: held('kind', isKind, 'there is no such kind'),
      repository: held('repository', isId, 'it is no id of a repository'),
      q: held('q', isShort, 'it is too long') && held('q', hasWord, 'it has no letter or digit to look for'),
    },
    cursor: held('cursor', isCursor, 'no list gave it out'),
    ignored,
  }
}
