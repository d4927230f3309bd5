'use client'

import { useRouter } from 'next/navigation'
import { useId, useState, useTransition } from 'react'
import { type ActionError, settle } from '@/components/ui/action-result'
import { Button } from '@/components/ui/button'
import { Dialog } from '@/components/ui/dialog'
import { areaClass, Field, inputClass } from '@/components/ui/field'
import { Problem } from '@/components/ui/panel'
import { builtInFlows } from '@/lib/core/flow'
import type { NewRunAction } from './console-types'

interface NewRunDialogProps {
  readonly open: boolean
  readonly onClose: () => void
  readonly startRun: NewRunAction
}

const flows = Object.keys(builtInFlows)
const lastRepository = 'devpilot_repository'

export function NewRunDialog({ open, onClose, startRun }: NewRunDialogProps) {
  return (
    <Dialog open={open} onClose={onClose} title="New run">
      <NewRunForm onClose={onClose} startRun={startRun} />
    </Dialog>
  )
}

function NewRunForm({ onClose, startRun }: Omit<NewRunDialogProps, 'open'>) {
  const router = useRouter()
  const id = useId()
  const [error, setError] = useState<ActionError | null>(null)
  const [pending, start] = useTransition()
  const submit = (data: FormData) => {
    const repository = String(data.get('repository') ?? '').trim()
    start(async () => {
      const result = await settle(() =>
        startRun({
          repository,
          task: String(data.get('task') ?? '').trim(),
          flow: String(data.get('flow') ?? 'issue'),
          budgetDollars: Number(data.get('budget') ?? 3),
        }),
      )
      if (!result.ok) {
        setError(result.error)
        return
      }
      localStorage.setItem(lastRepository, repository)
      onClose()
      router.push(`/runs/${result.value.id}`)
    })
  }
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault()
        submit(new FormData(event.currentTarget))
      }}
      className="space-y-4 overflow-y-auto px-5 pt-3 pb-5"
    >
      <Field
        label="Repository"
        htmlFor={`${id}-repository`}
        hint="A path of this machine, a clone URL, or owner/name."
      >
        <input
          id={`${id}-repository`}
          name="repository"
          data-autofocus
          required
          maxLength={2_000}
          defaultValue={typeof window === 'undefined' ? '' : (localStorage.getItem(lastRepository) ?? '')}
          placeholder="/home/me/project"
          className={inputClass}
        />
      </Field>
      <Field label="What is to be done" htmlFor={`${id}-task`} hint="The first line is the title.">
        <textarea
          id={`${id}-task`}
          name="task"
          required
          rows={6}
          maxLength={200_000}
          placeholder={'Dates before 1970 are parsed a day early\nSteps to see it, what you expect instead'}
          className={areaClass}
        />
      </Field>
      <div className="grid grid-cols-2 gap-4">
        <Field label="Flow" htmlFor={`${id}-flow`}>
          <select id={`${id}-flow`} name="flow" defaultValue="issue" className={inputClass}>
            {flows.map((flow) => (
              <option key={flow} value={flow}>
                {flow.replaceAll('_', ' ')}
              </option>
            ))}
          </select>
        </Field>
        <Field label="Budget in dollars" htmlFor={`${id}-budget`}>
          <input
            id={`${id}-budget`}
            name="budget"
            type="number"
            min="0.01"
            max="1000"
            step="0.01"
            defaultValue="3"
            required
            className={inputClass}
          />
        </Field>
      </div>
      {error && <Problem message={error.message} mend={error.mend} />}
      <div className="flex justify-end gap-2">
        <Button onClick={onClose}>Close</Button>
        <Button type="submit" look="primary" disabled={pending}>
          {pending ? 'Starting' : 'Start the run'}
        </Button>
      </div>
    </form>
  )
}
