import { isId, isShort, type Query, readAddress } from '@/components/params'
import type { Ignored } from '@/lib/core/run-filters'

export interface AuditValues extends Readonly<Record<string, string>> {
  readonly action: string
  readonly actor: string
  readonly run: string
  /** Days, UTC: `2026-11-01`; `until` is the last one that is shown. */
  readonly since: string
  readonly until: string
}

const names = ['action', 'actor', 'run', 'since', 'until', 'cursor']
const noDay = 'it is no day, such as 2026-11-01'

/** Reads the address of the log. @param isCursor whether a list gave it out */
export function auditQuery(
  query: Query,
  isCursor: (text: string) => boolean,
): { values: AuditValues; cursor: string; ignored: readonly Ignored[] } {
  const { held, ignored } = readAddress(query, names)
  return {
    values: {
      action: held('action', (value) => value.length <= 100, 'it is too long'),
      actor: held('actor', isShort, 'it is too long'),
      run: held('run', isId, 'it is no id of a run'),
      since: held('since', isDay, noDay),
      until: held('until', isDay, noDay),
    },
    cursor: held('cursor', isCursor, 'no list gave it out'),
    ignored,
  }
}

/** As the service takes them: days become times. */
export function auditInput({ since, until, ...rest }: AuditValues): Record<string, string> {
  const held = {
    ...rest,
    since: since && `${since}T00:00:00.000Z`,
    until: until && new Date(Date.parse(until) + 86_400_000).toISOString(),
  }
  return Object.fromEntries(Object.entries(held).filter(([, value]) => value !== ''))
}

function isDay(text: string): boolean {
  return /^\d{4}-\d\d-\d\d$/.test(text) && new Date(`${text}T00:00:00Z`).toJSON()?.startsWith(text) === true
}
