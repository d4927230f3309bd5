import { hasWord, isId, isShort, type Query, readAddress } from '@/components/params'
import type { Ignored } from '@/lib/core/run-filters'

/** What the inbox shows, as its address says it. */
export interface GateQuery {
  readonly q: string
  readonly repository: string
  readonly overdue: boolean
  /** Cursors of the three lists; empty for their first page. */
  readonly mine: string
  readonly others: string
  readonly closed: string
  readonly ignored: readonly Ignored[]
}

const names = ['q', 'repository', 'overdue', 'mine', 'others', 'closed']

/** Reads the address of the inbox. @param isCursor whether a list gave it out */
export function gateQuery(query: Query, isCursor: (text: string) => boolean): GateQuery {
  const { held, ignored } = readAddress(query, names)
  const cursor = (name: string) => held(name, isCursor, 'no list gave it out')
  return {
    q: held('q', isShort, 'it is too long') && held('q', hasWord, 'it has no letter or digit to look for'),
    repository: held('repository', isId, 'it is no id of a repository'),
    overdue: held('overdue', (value) => value === '1', 'it is not 1') === '1',
    mine: cursor('mine'),
    others: cursor('others'),
    closed: cursor('closed'),
    ignored,
  }
}
