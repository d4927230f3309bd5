import { clsx } from 'clsx'
import Form from 'next/form'
import { Button, buttonClass } from '@/components/ui/button'
import { inputClass } from '@/components/ui/field'
import { Link } from '@/components/ui/link'
import { visible } from '@/lib/core/visible'
import type { KnownActor } from '@/lib/services/audit/actors'
import type { AuditValues } from './query'

const fields = [
  { name: 'action', label: 'Action', placeholder: 'Action: gate.*', type: 'text' },
  { name: 'actor', label: 'Who', placeholder: 'Who: a name, or an id', type: 'text' },
  { name: 'run', label: 'Run', placeholder: 'Run: its id', type: 'text' },
  { name: 'since', label: 'From', placeholder: '', type: 'date' },
  { name: 'until', label: 'To', placeholder: '', type: 'date' },
] as const

const lists: Readonly<Record<string, string | undefined>> = { action: 'audit-actions', actor: 'audit-actors' }

interface AuditFiltersProps {
  readonly values: AuditValues
  /** Every action that the log holds, to choose from. */
  readonly actions: readonly string[]
  /** Everybody who did something. */
  readonly actors: readonly KnownActor[]
}

/** The filters of the log. They are the URL; days are UTC, as the log's times are. */
export function AuditFilters({ values, actions, actors }: AuditFiltersProps) {
  const filtered = Object.values(values).some((value) => value !== '')
  return (
    <Form prefetch={false} action="/audit" className="grid w-full grid-cols-2 gap-2 xl:flex xl:w-auto">
      {fields.map(({ name, label, placeholder, type }) => (
        <label
          key={name}
          className={clsx(
            type === 'date'
              ? 'col-span-2 flex min-w-0 items-center gap-2 text-sm text-muted sm:col-span-1 xl:shrink-0'
              : name === 'actor'
                ? 'xl:w-44'
                : 'xl:w-36',
            name === 'run' && 'col-span-2',
          )}
        >
          <span className={type === 'date' ? 'w-9 shrink-0 xl:w-auto' : 'sr-only'}>{label}</span>
          <input
            key={values[name]}
            name={name}
            type={type}
            defaultValue={values[name]}
            placeholder={placeholder}
            title={type === 'date' ? `${label} (UTC)` : undefined}
            list={lists[name]}
            className={clsx(inputClass, type === 'date' && 'xl:w-36')}
          />
        </label>
      ))}
      <datalist id="audit-actions">
        {choices(actions).map((action) => (
          <option key={action} value={action} />
        ))}
      </datalist>
      <datalist id="audit-actors">
        {[...new Set(actors.map(({ name }) => visible(name)))].sort().map((name) => (
          <option key={name} value={name} />
        ))}
      </datalist>
      <Button type="submit" className="col-span-2">
        Filter
      </Button>
      {filtered && (
        <Link href="/audit" className={buttonClass('quiet')}>
          Show all
        </Link>
      )}
    </Form>
  )
}

/** Each kind as a whole, then its actions. */
function choices(actions: readonly string[]): string[] {
  const kinds = new Set(actions.map((action) => `${action.split('.')[0] ?? action}.*`))
  return [...kinds, ...actions].sort()
}
