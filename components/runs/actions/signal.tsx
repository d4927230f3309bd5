'use client'

import { useId, useState } from 'react'
import { ActionForm } from '@/components/ui/action-form'
import type { ActionResult } from '@/components/ui/action-result'
import { Button } from '@/components/ui/button'
import { Dialog } from '@/components/ui/dialog'
import { areaClass, Field, inputClass, selectClass } from '@/components/ui/field'
import type { RunStatus } from '@/lib/core/status'
import { takesWishes } from '@/lib/core/wishes'
import { consequence, type Kind, signalWords, whatMoved } from './signal-words'
import { usePinnedBead } from './use-pinned-bead'

interface SignalInput {
  readonly run: string
  readonly kind: Kind
  readonly reason: string
  readonly from?: string
  /** The step that was asked about. */
  readonly step?: string
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
  const { kind, onClose } = props
  const title = kind ? titleOf(kind, props) : ''
  return (
    <Dialog open={kind !== null} onClose={onClose} title={title}>
      {kind && <SignalForm {...props} kind={kind} />}
    </Dialog>
  )
}

/** A rejected change goes back with what people said of it. */
const isSentBack = ({ status, from }: Pick<SignalDialogProps, 'status' | 'from'>): boolean =>
  status === 'rejected' && from !== undefined && takesWishes(from)

function titleOf(kind: Kind, props: SignalDialogProps): string {
  if (isSentBack(props)) return `Send this change back to the ${props.from}?`
  return props.from ? `Retry this run from ${props.from}?` : signalWords[kind].title
}

interface RetryHereProps extends RunFacts {
  /** The run has ended and can begin again there. */
  readonly may: boolean
  /** The step to begin again at. */
  readonly from: string
  /** Number of the bead that is shown. */
  readonly bead: number
  readonly signal: SignalAction
}

/** As `Retry`, from the step that is looked at. */
export function RetryHere({ may, bead, ...props }: RetryHereProps) {
  const [from, setFrom] = useState<string | null>(null)
  const pin = usePinnedBead(bead)
  const open = () => {
    setFrom(props.from)
    pin()
  }
  return (
    <>
      {may && <Button onClick={open}>Retry from here</Button>}
      <SignalDialog
        {...props}
        from={from ?? props.from}
        kind={from === null ? null : 'retry'}
        steps={[from ?? props.from]}
        onClose={() => setFrom(null)}
      />
    </>
  )
}

function SignalForm(props: SignalDialogProps & { readonly kind: Kind }) {
  const { runId, steps, budgetDollars, signal, kind, from, onClose } = props
  const [asked] = useState(props.step)
  const moved = whatMoved(kind, from === undefined ? asked : null, props)
  const sentBack = isSentBack(props)
  const id = useId()
  const submit = (data: FormData) => {
    const place = String(data.get('from') ?? '')
    return signal({
      run: runId,
      kind,
      reason: String(data.get('reason') ?? '').trim(),
      ...(kind === 'retry' && place ? { from: place } : {}),
      ...(kind === 'skip' || (kind === 'retry' && !place) ? { step: asked } : {}),
      ...(kind === 'resume' ? { budgetUsd: Number(data.get('budget')) } : {}),
    })
  }
  return (
    <ActionForm
      submit={submit}
      onDone={onClose}
      onClose={onClose}
      label={sentBack ? 'Send it back' : signalWords[kind].confirm}
      look={kind === 'cancel' ? 'danger' : 'primary'}
    >
      {moved && (
        <p role="alert" className="tone-amber text-sm font-medium">
          {moved}
        </p>
      )}
      <p className="text-sm text-muted">
        {consequence(kind, kind === 'cancel' ? props.step : asked, props.status)}
      </p>
      {kind === 'retry' && (
        <Field label="From" htmlFor={`${id}-from`}>
          <select id={`${id}-from`} name="from" defaultValue={from ?? ''} className={selectClass}>
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
      <Field
        label={sentBack ? `What else the ${from} is to know` : 'Why (required)'}
        htmlFor={`${id}-reason`}
        hint="Kept in the audit log with your name."
      >
        <textarea
          id={`${id}-reason`}
          data-autofocus
          name="reason"
          required={!sentBack}
          rows={2}
          maxLength={2_000}
          className={areaClass}
        />
      </Field>
    </ActionForm>
  )
}
