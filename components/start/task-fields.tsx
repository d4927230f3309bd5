'use client'

import { CircleCheck, LoaderCircle } from 'lucide-react'
import { useEffect, useId, useState } from 'react'
import { type ActionError, settle } from '@/components/ui/action-result'
import { areaClass, Field, inputClass } from '@/components/ui/field'
import { visible } from '@/lib/core/visible'
import type { IssueView } from '@/lib/services/repositories/issue'
import { FieldProblem } from './field-problem'
import type { LookUpIssue } from './types'

interface TaskFieldsProps {
  readonly repository: string
  readonly needed: boolean
  readonly lookUp: LookUpIssue
  readonly by: 'words' | 'issue'
  readonly setBy: (by: 'words' | 'issue') => void
  readonly task: string
  readonly setTask: (text: string) => void
  readonly found: IssueView | null
  readonly setFound: (issue: IssueView | null) => void
  readonly firstIssue: string
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

const PAUSE_MS = 350

function Issue({ repository, lookUp, found, setFound, firstIssue, problem }: TaskFieldsProps) {
  const id = useId()
  const [text, setText] = useState(found === null ? firstIssue : String(found.number))
  const [error, setError] = useState<ActionError | null>(null)
  const [looking, setLooking] = useState(false)
  useEffect(() => {
    let stale = false
    setError(null)
    setFound(null)
    if (text.trim() === '') return
    setLooking(true)
    const timer = setTimeout(async () => {
      const result = await settle(() => lookUp({ repository, issue: text.trim() }))
      if (stale) return
      setLooking(false)
      if (result.ok) setFound(result.value)
      else setError(result.error)
    }, PAUSE_MS)
    return () => {
      stale = true
      setLooking(false)
      clearTimeout(timer)
    }
  }, [text, repository, lookUp, setFound])
  const wrong = error === null ? problem : [error.message, error.mend].filter(Boolean).join(' ')
  return (
    <Field label="Issue" htmlFor={id} hint="Its number, or the address of its page.">
      <input
        id={id}
        value={text}
        onChange={(event) => setText(event.target.value)}
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
        {found && (
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
      </div>
    </Field>
  )
}
