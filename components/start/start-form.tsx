'use client'

import { useRouter } from 'next/navigation'
import { useId, useState, useTransition } from 'react'
import { href } from '@/components/params'
import { type ActionError, settle } from '@/components/ui/action-result'
import { Button } from '@/components/ui/button'
import { Field, inputClass, selectClass } from '@/components/ui/field'
import { Problem } from '@/components/ui/panel'
import { useAnswer } from '@/components/use-answer'
import { visible } from '@/lib/core/visible'
import type { RepositoryView } from '@/lib/services/repositories/view'
import { CostPanel } from './cost-panel'
import { FieldProblem } from './field-problem'
import { FlowSteps } from './flow-steps'
import { type ModelChoice, ModelFields, problemOf } from './model-fields'
import { type LookedUp, TaskFields } from './task-fields'
import type { LookUpIssue, ProviderView, RecordingView, StartAction, StartInput, StartOptions } from './types'

interface StartFormProps {
  readonly repositories: readonly RepositoryView[]
  readonly options: StartOptions
  readonly providers: readonly ProviderView[]
  readonly recordings: readonly RecordingView[]
  readonly issue: string
  readonly start: StartAction
  readonly lookUp: LookUpIssue
}

const MOST_USD = 10_000

/** Everything that a run is started with, what it will cost at most, and where people will be asked. */
export function StartForm(props: StartFormProps) {
  const { repositories, options, providers, recordings, start, lookUp } = props
  const router = useRouter()
  const id = useId()
  const [by, setBy] = useState<'words' | 'issue'>(props.issue === '' ? 'words' : 'issue')
  const [task, setTask] = useState('')
  const [issue, setIssue] = useState(props.issue)
  const [choice, setChoice] = useState<ModelChoice>({ provider: '', model: '', recording: '' })
  // Empty: the repository's own sum, whichever repository is chosen.
  const [budget, setBudget] = useState<string | null>(null)
  const [tried, setTried] = useState(false)
  const [error, setError] = useState<ActionError | null>(null)
  const [pending, begin] = useTransition()
  const [choosing, choose] = useTransition()
  const { repository, flow } = options
  const budgetText = budget ?? String(options.budgetUsd)
  const budgetUsd = dollars(budgetText)
  const lookedUp = useIssue(by === 'issue' ? issue.trim() : '', repository.id, lookUp)
  const { found, looking } = lookedUp
  const told = by === 'words' ? task.trim() !== '' : looking || found !== null
  const taskProblem = flow.needsTask && !told ? missingTask(by) : null
  const budgetProblem = budgetUsd === null ? `Give a sum above 0 and up to ${MOST_USD}, as 3 or 0.50.` : null
  const stopped = taskProblem ?? budgetProblem ?? flow.problem ?? problemOf(choice, options)
  const go = (to: { repository?: string; flow?: string }) =>
    choose(() =>
      router.replace(href('/runs/new', { repository: repository.id, flow: flow.name, ...to }), {
        scroll: false,
      }),
    )
  const submit = () => {
    setTried(true)
    if (stopped !== null || looking || budgetUsd === null) return
    begin(async () => {
      setError(null)
      const result = await settle(() =>
        start(inputOf({ repository, flow, by, task, found, choice, budgetUsd })),
      )
      if (result.ok) router.push(`/runs/${result.value.id}`)
      else setError(result.error)
    })
  }
  return (
    <form
      noValidate
      onSubmit={(event) => {
        event.preventDefault()
        submit()
      }}
      className="grid gap-x-10 gap-y-6 lg:grid-cols-[minmax(0,3fr)_minmax(0,2fr)]"
    >
      <div className="space-y-5">
        <Field label="Repository" htmlFor={`${id}-repository`}>
          <select
            id={`${id}-repository`}
            value={repository.id}
            onChange={(event) => go({ repository: event.target.value, flow: 'auto' })}
            className={selectClass}
          >
            {repositories.map((one) => (
              <option key={one.id} value={one.id}>
                {visible(one.name)} · {visible(one.source)}
              </option>
            ))}
          </select>
        </Field>
        <TaskFields
          needed={flow.needsTask}
          by={by}
          setBy={setBy}
          task={task}
          setTask={setTask}
          issue={issue}
          setIssue={setIssue}
          lookedUp={lookedUp}
          problem={tried ? taskProblem : null}
        />
        <div aria-busy={choosing}>
          <Field label="Flow" htmlFor={`${id}-flow`} hint={flow.about}>
            <select
              id={`${id}-flow`}
              value={flow.name}
              onChange={(event) => go({ flow: event.target.value })}
              aria-describedby={`${id}-flow-problem`}
              className={selectClass}
            >
              {options.flows.map((one) => (
                <option key={one.name} value={one.name}>
                  {one.name === 'auto' ? 'as the configuration says' : one.name.replaceAll('_', ' ')}
                </option>
              ))}
            </select>
            <FieldProblem id={`${id}-flow-problem`} message={flow.problem} />
          </Field>
          <div className="mt-3">
            <FlowSteps steps={flow.steps} />
          </div>
        </div>
        {flow.asksModel && (
          <ModelFields
            options={options}
            providers={providers}
            recordings={recordings}
            choice={choice}
            setChoice={setChoice}
          />
        )}
        <Field
          label="Budget in dollars"
          htmlFor={`${id}-budget`}
          hint="The run pauses before it would spend more, and goes on when you raise it."
        >
          <input
            id={`${id}-budget`}
            inputMode="decimal"
            value={budgetText}
            onChange={(event) => setBudget(event.target.value)}
            aria-invalid={budgetProblem !== null}
            aria-describedby={`${id}-budget-problem`}
            className={`${inputClass} num sm:w-40`}
          />
          <FieldProblem id={`${id}-budget-problem`} message={budgetProblem} />
        </Field>
        {options.problem && <Problem message={options.problem} />}
        {error && <Problem message={error.message} mend={error.mend} />}
        <div className="flex flex-wrap items-center gap-3">
          <Button type="submit" look="primary" disabled={pending || choosing}>
            {pending ? 'Starting' : 'Start the run'}
          </Button>
          {tried && (looking || stopped !== null) && (
            <span role="status" className="text-sm text-muted">
              {looking
                ? 'The issue is being looked up: start it once it is found.'
                : 'Correct what is marked first.'}
            </span>
          )}
        </div>
      </div>
      <CostPanel options={options} budgetUsd={budgetUsd} replayed={choice.provider === 'recorded'} />
    </form>
  )
}

const PAUSE_MS = 350

/** @param issue its number or its address as it stands there; empty: none is looked up */
function useIssue(issue: string, repository: string, lookUp: LookUpIssue): LookedUp {
  const { result, asking, again } = useAnswer(issue === '' ? null : { repository, issue }, lookUp, PAUSE_MS)
  const answered = asking ? null : result
  return {
    found: answered?.ok ? answered.value : null,
    looking: asking,
    error: answered?.ok === false ? answered.error : null,
    again,
  }
}

/** A sum of money; null for anything that is none. */
function dollars(text: string): number | null {
  const value = /^\d{1,6}([.,]\d{1,6})?$/.test(text.trim()) ? Number(text.trim().replace(',', '.')) : 0
  return value > 0 && value <= MOST_USD ? value : null
}

function missingTask(by: 'words' | 'issue'): string {
  return by === 'words' ? 'Say what is to be done.' : 'Name an issue that there is.'
}

interface Chosen {
  readonly repository: RepositoryView
  readonly flow: StartOptions['flow']
  readonly by: 'words' | 'issue'
  readonly task: string
  readonly found: LookedUp['found']
  readonly choice: ModelChoice
  readonly budgetUsd: number
}

function inputOf({ repository, flow, by, task, found, choice, budgetUsd }: Chosen): StartInput {
  const replayed = choice.provider === 'recorded'
  const asked = flow.asksModel
  return {
    repository: repository.id,
    flow: flow.name,
    budgetUsd,
    ...(by === 'issue' && found !== null ? { issue: found.number, title: found.title.slice(0, 300) } : {}),
    ...(by === 'words' && task.trim() !== '' ? { task: task.trim() } : {}),
    ...(asked && choice.provider !== '' && !replayed ? { provider: choice.provider } : {}),
    ...(asked && choice.model.trim() !== '' && !replayed ? { model: choice.model.trim() } : {}),
    ...(asked && replayed ? { recording: choice.recording } : {}),
  }
}
