import { isId, one } from '@/components/params'

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

type Query = Readonly<Record<string, string | string[] | undefined>>

/** The filters that a URL asks for, and in words what of it says nothing. */
export function learningQuery(query: Query): { values: LearningValues; cursor: string; ignored: string[] } {
  const ignored: string[] = []
  const known = <T extends string>(name: string, isKnown: (value: string) => value is T): T | '' => {
    const value = one(query[name]).trim()
    if (value === '' || isKnown(value)) return value as T | ''
    ignored.push(`${name}: "${value.slice(0, 60)}" is none.`)
    return ''
  }
  const status = known('status', (value): value is StatusTab => value in statusTabs) || 'proposed'
  const kind = known('kind', (value): value is LearningKind => value in kindLabels)
  const repository = known('repository', (value): value is string => isId(value))
  const names = ['status', 'kind', 'repository', 'q', 'cursor']
  for (const name of Object.keys(query))
    if (!names.includes(name)) ignored.push(`${name}: there is no such filter.`)
  return {
    values: { status, kind, repository, q: one(query.q).slice(0, 200) },
    cursor: one(query.cursor),
    ignored,
  }
}
