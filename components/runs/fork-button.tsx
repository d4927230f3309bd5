'use client'

import { GitFork } from 'lucide-react'
import { useRouter } from 'next/navigation'
import { useId, useState, useTransition } from 'react'
import { type ActionError, type ActionResult, settle } from '@/components/ui/action-result'
import { Button } from '@/components/ui/button'
import { Dialog } from '@/components/ui/dialog'
import { areaClass, Field, inputClass } from '@/components/ui/field'
import { Problem } from '@/components/ui/panel'
import { type PromptName, type ProviderName, promptNames, providerNames } from '@/lib/core/names'

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

interface ForkButtonProps {
  readonly label: string
  /** `coder (bead 5)`, `coder (bead 5), after turn 3`. */
  readonly place: string
  readonly run: string
  readonly at?: string
  readonly turn?: number
  readonly fork: ForkAction
}

/** Asks what the fork is to do otherwise, makes it, and goes to its page. */
export function ForkButton(props: ForkButtonProps) {
  const [open, setOpen] = useState(false)
  return (
    <>
      <Button onClick={() => setOpen(true)}>
        <GitFork aria-hidden className="size-3.5" />
        {props.label}
      </Button>
      <Dialog open={open} onClose={() => setOpen(false)} title={`Fork at ${props.place}`}>
        <ForkForm {...props} onDone={() => setOpen(false)} />
      </Dialog>
    </>
  )
}

function ForkForm({ run, at, turn, fork, onDone }: ForkButtonProps & { readonly onDone: () => void }) {
  const id = useId()
  const router = useRouter()
  const [error, setError] = useState<ActionError | null>(null)
  const [pending, start] = useTransition()
  const submit = (data: FormData) =>
    start(async () => {
      const text = (name: string) => String(data.get(name) ?? '').trim()
      const result = await settle(() =>
        fork({
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
        }),
      )
      if (!result.ok) return setError(result.error)
      onDone()
      router.push(`/runs/${result.value.id}`)
    })
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault()
        submit(new FormData(event.currentTarget))
      }}
      className="space-y-4 overflow-y-auto px-5 pt-3 pb-5"
    >
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
          <select id={`${id}-provider`} name="provider" defaultValue="" className={inputClass}>
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
            <select id={`${id}-name`} name="promptName" defaultValue="coder" className={inputClass}>
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
      {error && <Problem message={error.message} mend={error.mend} />}
      <div className="flex justify-end gap-2">
        <Button onClick={onDone}>Close</Button>
        <Button type="submit" look="primary" disabled={pending}>
          Fork and start
        </Button>
      </div>
    </form>
  )
}
