import { isId, one } from '@/components/params'

export interface AuditValues extends Readonly<Record<string, string>> {
  readonly action: string
  readonly actor: string
  readonly run: string
  /** Days, UTC: `2026-11-01`; `until` is the last one that is shown. */
  readonly since: string
  readonly until: string
}

type Query = Readonly<Record<string, string | string[] | undefined>>

const names = ['action', 'actor', 'run', 'since', 'until', 'cursor']

/** The filters that a URL asks for, and in words what of it says nothing. */
export function auditQuery(query: Query): { values: AuditValues; cursor: string; ignored: string[] } {
  const ignored = Object.keys(query)
    .filter((name) => !names.includes(name))
    .map((name) => `${name}: there is no such filter.`)
  const held = (name: string, isKnown: (value: string) => boolean, what: string): string => {
    const value = one(query[name]).trim()
    if (value === '' || isKnown(value)) return value
    ignored.push(`${name}: "${value.slice(0, 60)}" is ${what}.`)
    return ''
  }
  return {
    values: {
      action: held('action', (value) => value.length <= 100, 'too long'),
      actor: held('actor', (value) => value.length <= 200, 'too long'),
      run: held('run', isId, 'no id of a run'),
      since: held('since', isDay, 'no day (2026-11-01)'),
      until: held('until', isDay, 'no day (2026-11-01)'),
    },
    cursor: one(query.cursor),
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
