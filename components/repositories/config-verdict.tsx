import { CircleCheck, CircleX, LoaderCircle, TriangleAlert } from 'lucide-react'
import { plural } from '@/components/format'
import type { ActionError } from '@/components/ui/action-result'
import { Button } from '@/components/ui/button'
import { Problem } from '@/components/ui/panel'
import { visible } from '@/lib/core/visible'
import type { ConfigCheck } from '@/lib/services/repositories/config-view'

interface ConfigVerdictProps {
  readonly id: string
  /** null: nothing was checked yet. */
  readonly check: ConfigCheck | null
  /** Why the last check gave nothing. */
  readonly error: ActionError | null
  readonly checking: boolean
  readonly goTo: (line: number, column: number) => void
  readonly again: () => void
}

/** Whether the text is valid, and every problem with the place that it leads to. */
export function ConfigVerdict({ id, check, error, checking, goTo, again }: ConfigVerdictProps) {
  return (
    <div id={id} aria-live="polite" className="space-y-3 text-sm">
      {error && !checking ? (
        <>
          <Problem message={error.message} mend={error.mend} />
          <Button onClick={again}>Check it again</Button>
        </>
      ) : (
        <Headline check={check} checking={checking} />
      )}
      {check && check.problems.length > 0 && (
        <ol className="divide-y rounded-lg border bg-surface">
          {check.problems.map(({ line, column, key, message }) => (
            <li key={`${line}:${column}:${key}:${message}`}>
              <button
                type="button"
                onClick={() => goTo(line, column)}
                className="block w-full px-3 py-2 text-left hover:bg-raised"
              >
                <span className="num text-xs text-muted">
                  line {line}, column {column}
                </span>
                {key && <code className="code ml-2 font-semibold">{visible(key)}</code>}
                <span className="block">{visible(message)}</span>
              </button>
            </li>
          ))}
        </ol>
      )}
      {check?.warnings.map((warning) => (
        <p key={warning} className="flex gap-2">
          <TriangleAlert aria-hidden className="tone-amber mt-0.5 size-4 shrink-0" />
          <span>{visible(warning)}</span>
        </p>
      ))}
    </div>
  )
}

function Headline({ check, checking }: Pick<ConfigVerdictProps, 'check' | 'checking'>) {
  if (check === null) {
    return (
      <p className="flex items-center gap-2 text-muted">
        <LoaderCircle aria-hidden className="spin size-4" />
        Checking
      </p>
    )
  }
  const Icon = check.valid ? CircleCheck : CircleX
  return (
    <p className={`flex items-center gap-2 font-medium ${check.valid ? 'tone-green' : 'tone-red'}`}>
      <Icon aria-hidden className="size-4" />
      {check.valid ? 'Valid' : plural(check.problems.length, 'problem')}
      {checking && <span className="font-normal text-faint">checking</span>}
    </p>
  )
}

/** What a change of the configuration changes in effect. */
export function ConfigChanges({ changes }: { readonly changes: NonNullable<ConfigCheck['changes']> }) {
  if (changes.length === 0) return <p className="text-sm text-muted">Nothing that has an effect.</p>
  return (
    <ul className="divide-y rounded-lg border bg-surface text-sm">
      {changes.map(({ group, label, before, after }) => (
        <li key={`${group} ${label}`} className="px-3 py-2">
          <p className="text-xs text-muted">
            {group} · {visible(label)}
          </p>
          {before !== null && (
            <p className="text-faint line-through decoration-line-strong">
              <span className="sr-only">before: </span>
              {visible(before)}
            </p>
          )}
          <p>
            <span className="sr-only">after: </span>
            {after === null ? <em className="text-muted">no longer</em> : visible(after)}
          </p>
        </li>
      ))}
    </ul>
  )
}
