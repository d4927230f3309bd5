'use client'

import { CircleCheck, LoaderCircle } from 'lucide-react'
import { useId } from 'react'
import type { ActionError } from '@/components/ui/action-result'
import { Button } from '@/components/ui/button'
import { areaClass, Field, inputClass } from '@/components/ui/field'
import { visible } from '@/lib/core/visible'
import type { IssueView } from '@/lib/services/repositories/issue'
import { FieldProblem } from './field-problem'

/** What became of the issue that was named. */
export interface LookedUp {
  /** null: none, or none that there is. */
  readonly found: IssueView | null
  readonly looking: boolean
  readonly error: ActionError | null
  readonly again: () => void
}

interface TaskFieldsProps {
  readonly needed: boolean
  readonly by: 'words' | 'issue'
  readonly setBy: (by: 'words' | 'issue') => void
  readonly task: string
  readonly setTask: (text: string) => void
  /** The number or the address of the issue. */
  readonly issue: string
  readonly setIssue: (text: string) => void
  readonly lookedUp: LookedUp
  /** Said once somebody tried to start. */
  readonly problem: string | null
}

/** What is to be done: in words, or an issue that is looked up where the forge can. */
export function TaskFields(props: TaskFieldsProps) {
  const id = useId()
  const { by, setBy } = props
  return (
    <fieldset className="space-y-3">
      <legend className="mb-1 text-sm font-medium">
        What is to be done
        {!props.needed && <span className="font-normal text-muted"> (this flow knows by itself)</span>}
      </legend>
      <div className="flex gap-4 text-sm">
        {(['words', 'issue'] as const).map((way) => (
          <label key={way} className="flex items-center gap-2">
            <input
              type="radio"
              name={`${id}-by`}
              checked={by === way}
              onChange={() => setBy(way)}
              className="accent-(--accent-fill)"
            />
            {way === 'words' ? 'In words' : 'An issue'}
          </label>
        ))}
      </div>
      {by === 'words' ? <Words {...props} /> : <Issue {...props} />}
    </fieldset>
  )
}

function Words({ task, setTask, problem }: TaskFieldsProps) {
  const id = useId()
  return (
    <Field label="Task" htmlFor={id} hint="The first line is the title.">
      <textarea
        id={id}
        value={task}
        onChange={(event) => setTask(event.target.value)}
        rows={6}
        maxLength={200_000}
        aria-invalid={problem !== null}
        aria-describedby={`${id}-problem`}
        placeholder={'Dates before 1970 are parsed a day early\nSteps to see it, what you expect instead'}
        className={areaClass}
      />
      <FieldProblem id={`${id}-problem`} message={problem} />
    </Field>
  )
}

function Issue({ issue, setIssue, lookedUp, problem }: TaskFieldsProps) {
  const id = useId()
  const { found, looking, error, again } = lookedUp
  const wrong = error === null ? problem : [error.message, error.mend].filter(Boolean).join(' ')
  return (
    <Field label="Issue" htmlFor={id} hint="Its number, or the address of its page.">
      <input
        id={id}
        value={issue}
        onChange={(event) => setIssue(event.target.value)}
        maxLength={2_000}
        autoComplete="off"
        aria-invalid={wrong !== null}
        aria-describedby={`${id}-problem`}
        placeholder="42"
        className={inputClass}
      />
      <div aria-live="polite">
        {looking && (
          <p className="mt-1 flex items-center gap-1.5 text-xs text-muted">
            <LoaderCircle aria-hidden className="spin size-3.5" /> Looking it up
          </p>
        )}
        {found !== null && (
          <p className="mt-1 flex items-baseline gap-1.5 text-sm">
            <CircleCheck aria-hidden className="tone-green size-3.5 shrink-0 self-center" />
            <span className="num text-muted">#{found.number}</span>
            <span className="font-medium">{visible(found.title)}</span>
            {found.labels.length > 0 && (
              <span className="text-xs text-muted">{visible(found.labels.join(', '))}</span>
            )}
          </p>
        )}
        {!looking && <FieldProblem id={`${id}-problem`} message={wrong} />}
        {error && (
          <Button onClick={again} className="mt-1">
            Look again
          </Button>
        )}
      </div>
    </Field>
  )
}
