'use client'

import { GitFork } from 'lucide-react'
import { useRouter } from 'next/navigation'
import { useId, useState } from 'react'
import { ActionForm } from '@/components/ui/action-form'
import type { ActionResult } from '@/components/ui/action-result'
import { Button } from '@/components/ui/button'
import { Dialog } from '@/components/ui/dialog'
import { areaClass, Field, inputClass, selectClass } from '@/components/ui/field'
import { type PromptName, type ProviderName, promptNames, providerNames } from '@/lib/core/names'
import { usePinnedBead } from './use-pinned-bead'

export interface ForkInput {
  readonly run: string
  readonly at?: string
  readonly turn?: number
  readonly model: string
  readonly provider: ProviderName | ''
  readonly promptName: PromptName
  readonly prompt: string
  readonly config: string
  readonly budgetUsd?: number
  readonly reason: string
}
export type ForkAction = (input: ForkInput) => Promise<ActionResult<{ readonly id: string }>>

export interface ForkPlaceProps {
  /** `coder (step 5)`, `coder (step 5), after turn 3`. */
  readonly place: string
  readonly run: string
  readonly at?: string
  readonly turn?: number
  readonly fork: ForkAction
}

interface ForkButtonProps extends ForkPlaceProps {
  readonly label: string
  /** Number of the bead that is shown. */
  readonly bead: number
}

/** Asks what the fork is to do otherwise, makes it, and goes to its page. It forks where it was opened, whatever the run does meanwhile. */
export function ForkButton({ label, bead, ...props }: ForkButtonProps) {
  const [opened, setOpened] = useState<ForkPlaceProps | null>(null)
  const pin = usePinnedBead(bead)
  const open = () => {
    setOpened(props)
    pin()
  }
  return (
    <>
      <Button onClick={open}>
        <GitFork aria-hidden className="size-3.5" />
        {label}
      </Button>
      <ForkDialog {...(opened ?? props)} open={opened !== null} onClose={() => setOpened(null)} />
    </>
  )
}

interface ForkDialogProps extends ForkPlaceProps {
  readonly open: boolean
  readonly onClose: () => void
}

export function ForkDialog({ open, onClose, ...props }: ForkDialogProps) {
  return (
    <Dialog open={open} onClose={onClose} title={`Fork at ${props.place}`}>
      <ForkForm {...props} onClose={onClose} />
    </Dialog>
  )
}

function ForkForm({ run, at, turn, fork, onClose }: ForkPlaceProps & { readonly onClose: () => void }) {
  const id = useId()
  const router = useRouter()
  const submit = (data: FormData) => {
    const text = (name: string) => String(data.get(name) ?? '').trim()
    return fork({
      run,
      ...(at === undefined ? {} : { at }),
      ...(turn === undefined ? {} : { turn }),
      model: text('model'),
      provider: providerNames.find((name) => name === text('provider')) ?? '',
      promptName: promptNames.find((name) => name === text('promptName')) ?? 'coder',
      prompt: String(data.get('prompt') ?? ''),
      config: String(data.get('config') ?? ''),
      ...(text('budget') === '' ? {} : { budgetUsd: Number(text('budget')) }),
      reason: text('reason'),
    })
  }
  const done = (forked: { readonly id: string }) => {
    onClose()
    router.push(`/runs/${forked.id}`)
  }
  return (
    <ActionForm submit={submit} onDone={done} onClose={onClose} label="Fork and start">
      <p className="text-sm text-muted">
        A new run on its own branch. What is on record up to here is taken over and not paid for again; this
        run is not touched.
      </p>
      <div className="grid gap-4 sm:grid-cols-2">
        <Field label="Model" htmlFor={`${id}-model`}>
          <input
            id={`${id}-model`}
            data-autofocus
            name="model"
            placeholder="as in this run"
            maxLength={200}
            className={inputClass}
          />
        </Field>
        <Field label="Provider" htmlFor={`${id}-provider`}>
          <select id={`${id}-provider`} name="provider" defaultValue="" className={selectClass}>
            <option value="">as in this run</option>
            {providerNames.map((name) => (
              <option key={name}>{name}</option>
            ))}
          </select>
        </Field>
      </div>
      <details>
        <summary className="text-sm font-medium">Another prompt</summary>
        <div className="mt-2 space-y-2">
          <Field label="Prompt of" htmlFor={`${id}-name`}>
            <select id={`${id}-name`} name="promptName" defaultValue="coder" className={selectClass}>
              {promptNames.map((name) => (
                <option key={name}>{name}</option>
              ))}
            </select>
          </Field>
          <Field
            label="Its text"
            htmlFor={`${id}-prompt`}
            hint="The whole file, with its front matter; `prompts/` has ours. Empty: as in this run."
          >
            <textarea id={`${id}-prompt`} name="prompt" rows={5} className={`${areaClass} code`} />
          </Field>
        </div>
      </details>
      <details>
        <summary className="text-sm font-medium">Another configuration</summary>
        <div className="mt-2">
          <Field
            label="devpilot.yaml"
            htmlFor={`${id}-config`}
            hint="Gates, sandbox and budget stay those of the base branch. Empty: as in this run."
          >
            <textarea id={`${id}-config`} name="config" rows={5} className={`${areaClass} code`} />
          </Field>
        </div>
      </details>
      <div className="grid gap-4 sm:grid-cols-2">
        <Field label="Budget in dollars" htmlFor={`${id}-budget`}>
          <input
            id={`${id}-budget`}
            name="budget"
            type="number"
            min="0.01"
            step="0.01"
            placeholder="as in this run"
            className={inputClass}
          />
        </Field>
        <Field label="Why" htmlFor={`${id}-reason`}>
          <input
            id={`${id}-reason`}
            name="reason"
            maxLength={2_000}
            placeholder="kept in the audit log"
            className={inputClass}
          />
        </Field>
      </div>
    </ActionForm>
  )
}
