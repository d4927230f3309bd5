'use client'

import { useId, useState, useTransition } from 'react'
import { type ActionError, type ActionResult, settle } from '@/components/ui/action-result'
import { Button } from '@/components/ui/button'
import { Dialog } from '@/components/ui/dialog'
import { areaClass, Field, inputClass } from '@/components/ui/field'
import { Problem } from '@/components/ui/panel'
import { isEnded, type RunStatus } from '@/lib/core/status'

type Kind = 'cancel' | 'retry' | 'skip' | 'resume'

interface SignalInput {
  readonly run: string
  readonly kind: Kind
  readonly reason: string
  readonly from?: string
  readonly budgetUsd?: number
}
export type SignalAction = (input: SignalInput) => Promise<ActionResult<unknown>>

interface RunActionsProps {
  readonly runId: string
  readonly status: RunStatus
  readonly step: string
  readonly steps: readonly string[]
  readonly budgetDollars: number
  readonly signal: SignalAction
}

const words: Readonly<Record<Kind, { button: string; title: string; confirm: string }>> = {
  cancel: { button: 'Cancel', title: 'Cancel this run?', confirm: 'Cancel the run' },
  retry: { button: 'Retry', title: 'Retry this run?', confirm: 'Retry the run' },
  skip: { button: 'Skip step', title: 'Skip the step it stands at?', confirm: 'Skip the step' },
  resume: { button: 'Raise budget', title: 'Raise the budget and go on?', confirm: 'Raise it and go on' },
}

/** What a person can do to a run in this status, as lib/core/signal.ts allows it. */
function offered(status: RunStatus, step: string): readonly Kind[] {
  if (status === 'succeeded') return []
  if (status === 'paused_budget') return ['resume', 'cancel']
  if (status === 'failed') return ['retry', 'skip']
  if (isEnded(status)) return ['retry']
  return step.startsWith('gate:') || step === 'prepare' ? ['cancel'] : ['skip', 'cancel']
}

export function RunActions(props: RunActionsProps) {
  const [kind, setKind] = useState<Kind | null>(null)
  return (
    <>
      {offered(props.status, props.step).map((offer) => (
        <Button key={offer} look={offer === 'cancel' ? 'danger' : 'plain'} onClick={() => setKind(offer)}>
          {words[offer].button}
        </Button>
      ))}
      <Dialog open={kind !== null} onClose={() => setKind(null)} title={kind ? words[kind].title : ''}>
        {kind && <SignalForm {...props} kind={kind} onDone={() => setKind(null)} />}
      </Dialog>
    </>
  )
}

interface RetryHereProps extends Omit<RunActionsProps, 'steps' | 'budgetDollars'> {
  /** The step to begin again at. */
  readonly from: string
}

/** As `Retry`, from the step that is looked at. */
export function RetryHere(props: RetryHereProps) {
  const [open, setOpen] = useState(false)
  const done = () => setOpen(false)
  return (
    <>
      <Button onClick={() => setOpen(true)}>Retry from here</Button>
      <Dialog open={open} onClose={done} title={`Retry this run from ${props.from}?`}>
        <SignalForm {...props} kind="retry" steps={[props.from]} budgetDollars={0} onDone={done} />
      </Dialog>
    </>
  )
}

interface SignalFormProps extends RunActionsProps {
  readonly kind: Kind
  /** For a retry: where it begins unless another step is chosen. */
  readonly from?: string
  readonly onDone: () => void
}

function SignalForm({ runId, step, steps, budgetDollars, signal, kind, from, onDone }: SignalFormProps) {
  const id = useId()
  const [error, setError] = useState<ActionError | null>(null)
  const [pending, start] = useTransition()
  const submit = (data: FormData) =>
    start(async () => {
      const place = String(data.get('from') ?? '')
      const result = await settle(() =>
        signal({
          run: runId,
          kind,
          reason: String(data.get('reason') ?? '').trim(),
          ...(kind === 'retry' && place ? { from: place } : {}),
          ...(kind === 'resume' ? { budgetUsd: Number(data.get('budget')) } : {}),
        }),
      )
      if (result.ok) onDone()
      else setError(result.error)
    })
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault()
        submit(new FormData(event.currentTarget))
      }}
      className="space-y-4 px-5 pt-3 pb-5"
    >
      <p className="text-sm text-muted">{consequence(kind, step)}</p>
      {kind === 'retry' && (
        <Field label="From" htmlFor={`${id}-from`}>
          <select id={`${id}-from`} name="from" defaultValue={from ?? ''} className={inputClass}>
            {from === undefined && <option value="">the step that it stopped at</option>}
            {steps.map((name) => (
              <option key={name} value={name}>
                {name}
              </option>
            ))}
          </select>
        </Field>
      )}
      {kind === 'resume' && (
        <Field label="Budget in dollars, in all" htmlFor={`${id}-budget`}>
          <input
            id={`${id}-budget`}
            name="budget"
            type="number"
            min="0.01"
            step="0.01"
            required
            defaultValue={(budgetDollars * 2).toFixed(2)}
            className={inputClass}
          />
        </Field>
      )}
      <Field label="Why" htmlFor={`${id}-reason`} hint="Kept in the audit log with your name.">
        <textarea
          id={`${id}-reason`}
          data-autofocus
          name="reason"
          required
          rows={2}
          maxLength={2_000}
          className={areaClass}
        />
      </Field>
      {error && <Problem message={error.message} mend={error.mend} />}
      <div className="flex justify-end gap-2">
        <Button onClick={onDone}>Close</Button>
        <Button type="submit" look={kind === 'cancel' ? 'danger' : 'primary'} disabled={pending}>
          {words[kind].confirm}
        </Button>
      </div>
    </form>
  )
}

function consequence(kind: Kind, step: string): string {
  switch (kind) {
    case 'cancel':
      return `Work stops at ${step}. The workspace and everything on record stay; the run can be retried later.`
    case 'retry':
      return 'The run goes on from there with the workspace as it was left. Its budget is unchanged.'
    case 'skip':
      return `The run goes on after ${step}, as if it were not in the flow.`
    case 'resume':
      return 'The run goes on where it paused.'
    default:
      return kind satisfies never
  }
}
