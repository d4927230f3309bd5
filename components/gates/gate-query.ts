import { isId, one } from '@/components/params'

/** What the inbox shows, as its address says it. */
export interface GateQuery {
  readonly q: string
  readonly repository: string
  readonly overdue: boolean
  /** Cursors of the three lists; empty for their first page. */
  readonly mine: string
  readonly others: string
  readonly closed: string
  /** What the address asks for and the page cannot do, in words. */
  readonly ignored: readonly string[]
}

type Query = Readonly<Record<string, string | string[] | undefined>>

const names = ['q', 'repository', 'overdue', 'mine', 'others', 'closed']

/** Reads the address of the inbox; what makes no sense is left out, and said. @param isCursor whether a list gave it out */
export function gateQuery(query: Query, isCursor: (text: string) => boolean): GateQuery {
  const ignored: string[] = []
  const read = (name: string, fits: (value: string) => boolean): string => {
    const value = one(query[name])
    if (value === '' || fits(value)) return value
    ignored.push(`${name}=${value.slice(0, 60)}`)
    return ''
  }
  for (const name of Object.keys(query)) if (!names.includes(name)) ignored.push(name.slice(0, 60))
  return {
    q: read('q', (value) => value.length <= 200),
    repository: read('repository', isId),
    overdue: read('overdue', (value) => value === '1') === '1',
    mine: read('mine', isCursor),
    others: read('others', isCursor),
    closed: read('closed', isCursor),
    ignored,
  }
}
