'use client'

import { useId, useState } from 'react'
import { ActionForm } from '@/components/ui/action-form'
import type { ActionResult } from '@/components/ui/action-result'
import { Button } from '@/components/ui/button'
import { Dialog } from '@/components/ui/dialog'
import { areaClass, Field, inputClass } from '@/components/ui/field'
import { isEnded, type RunStatus } from '@/lib/core/status'

export type Kind = 'cancel' | 'retry' | 'skip' | 'resume'

interface SignalInput {
  readonly run: string
  readonly kind: Kind
  readonly reason: string
  readonly from?: string
  readonly budgetUsd?: number
}
export type SignalAction = (input: SignalInput) => Promise<ActionResult<unknown>>

export interface RunFacts {
  readonly runId: string
  readonly status: RunStatus
  readonly step: string
  readonly steps: readonly string[]
  readonly budgetDollars: number
}

export const signalWords: Readonly<Record<Kind, { item: string; title: string; confirm: string }>> = {
  cancel: { item: 'Cancel', title: 'Cancel this run?', confirm: 'Cancel the run' },
  retry: { item: 'Retry', title: 'Retry this run?', confirm: 'Retry the run' },
  skip: { item: 'Skip step', title: 'Skip the step it stands at?', confirm: 'Skip the step' },
  resume: { item: 'Raise budget', title: 'Raise the budget and go on?', confirm: 'Raise it and go on' },
}

/** What a person can do to a run in this status, as lib/core/signal.ts allows it. */
export function offered(status: RunStatus, step: string): readonly Kind[] {
  if (status === 'succeeded') return []
  if (status === 'paused_budget') return ['resume', 'cancel']
  if (status === 'failed') return ['retry', 'skip']
  if (isEnded(status)) return ['retry']
  return step.startsWith('gate:') || step === 'prepare' ? ['cancel'] : ['skip', 'cancel']
}

interface SignalDialogProps extends RunFacts {
  /** null: closed. */
  readonly kind: Kind | null
  /** For a retry: where it begins unless another step is chosen. */
  readonly from?: string
  readonly signal: SignalAction
  readonly onClose: () => void
}

/** Says what will happen, asks why, and does it. */
export function SignalDialog(props: SignalDialogProps) {
  const { kind, from, onClose } = props
  const title = kind ? (from ? `Retry this run from ${from}?` : signalWords[kind].title) : ''
  return (
    <Dialog open={kind !== null} onClose={onClose} title={title}>
      {kind && <SignalForm {...props} kind={kind} />}
    </Dialog>
  )
}

interface RetryHereProps extends RunFacts {
  /** The step to begin again at. */
  readonly from: string
  readonly signal: SignalAction
}

/** As `Retry`, from the step that is looked at. */
export function RetryHere(props: RetryHereProps) {
  const [open, setOpen] = useState(false)
  return (
    <>
      <Button onClick={() => setOpen(true)}>Retry from here</Button>
      <SignalDialog
        {...props}
        kind={open ? 'retry' : null}
        steps={[props.from]}
        onClose={() => setOpen(false)}
      />
    </>
  )
}

function SignalForm(props: SignalDialogProps & { readonly kind: Kind }) {
  const { runId, step, steps, budgetDollars, signal, kind, from, onClose } = props
  const id = useId()
  const submit = (data: FormData) => {
    const place = String(data.get('from') ?? '')
    return signal({
      run: runId,
      kind,
      reason: String(data.get('reason') ?? '').trim(),
      ...(kind === 'retry' && place ? { from: place } : {}),
      ...(kind === 'resume' ? { budgetUsd: Number(data.get('budget')) } : {}),
    })
  }
  return (
    <ActionForm
      submit={submit}
      onDone={onClose}
      onClose={onClose}
      label={signalWords[kind].confirm}
      look={kind === 'cancel' ? 'danger' : 'primary'}
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
    </ActionForm>
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
