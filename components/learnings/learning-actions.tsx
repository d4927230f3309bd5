'use client'

import { useId, useState, useTransition } from 'react'
import { type ActionError, type ActionResult, settle } from '@/components/ui/action-result'
import { Button } from '@/components/ui/button'
import { Dialog } from '@/components/ui/dialog'
import { areaClass, Field, inputClass } from '@/components/ui/field'
import { Problem } from '@/components/ui/panel'
import { decisionsIn, type LearningDecision } from '@/lib/core/learning'
import type { Learning } from '@/lib/services/learnings/view'
import { daysLeft, endChange } from './expiry'

export type ChangeLearning = (input: {
  readonly id: string
  readonly decision?: LearningDecision
  readonly text?: string
  readonly expiresInDays?: number | null
  readonly reason?: string
}) => Promise<ActionResult<unknown>>

interface LearningActionsProps {
  readonly learning: Learning
  readonly change: ChangeLearning
}

const words: Readonly<Record<LearningDecision, string>> = {
  approve: 'Approve',
  reject: 'Refuse',
  expire: 'End',
}

/** What can be decided of a learning now, and its text. */
export function LearningActions({ learning, change }: LearningActionsProps) {
  const [editing, setEditing] = useState(false)
  const [error, setError] = useState<ActionError | null>(null)
  const [pending, start] = useTransition()
  const decide = (decision: LearningDecision) =>
    start(async () => {
      const result = await settle(() => change({ id: learning.id, decision }))
      setError(result.ok ? null : result.error)
    })
  return (
    <div className="flex flex-wrap items-center gap-2">
      {decisionsIn(learning.status).map((decision) => (
        <Button
          key={decision}
          look={decision === 'approve' ? 'primary' : 'plain'}
          disabled={pending}
          onClick={() => decide(decision)}
        >
          {words[decision]}
        </Button>
      ))}
      <Button disabled={pending} onClick={() => setEditing(true)}>
        Edit
      </Button>
      {error && <Problem message={error.message} mend={error.mend} />}
      <Dialog open={editing} onClose={() => setEditing(false)} title="Change what agents are told">
        <EditForm learning={learning} change={change} onDone={() => setEditing(false)} />
      </Dialog>
    </div>
  )
}

function EditForm({ learning, change, onDone }: LearningActionsProps & { readonly onDone: () => void }) {
  const id = useId()
  const [error, setError] = useState<ActionError | null>(null)
  const [pending, start] = useTransition()
  const waits = learning.status === 'proposed'
  const [days] = useState(() => daysLeft(learning.expiresAt, Date.now()))
  const save = (data: FormData) =>
    start(async () => {
      const result = await settle(() =>
        change({
          id: learning.id,
          text: String(data.get('text') ?? ''),
          ...endChange(String(data.get('days') ?? ''), days),
          reason: String(data.get('reason') ?? '').trim(),
          ...(data.get('approve') ? { decision: 'approve' as const } : {}),
        }),
      )
      if (result.ok) onDone()
      else setError(result.error)
    })
  return (
    <form
      className="space-y-4 overflow-y-auto px-5 py-4"
      onSubmit={(event) => {
        event.preventDefault()
        save(new FormData(event.currentTarget))
      }}
    >
      <Field label="What agents are told" htmlFor={`${id}-text`}>
        <textarea
          id={`${id}-text`}
          name="text"
          rows={5}
          required
          maxLength={2_000}
          defaultValue={learning.text}
          className={areaClass}
        />
      </Field>
      <Field
        label="Ends after"
        htmlFor={`${id}-days`}
        hint="Days from now. Empty: it holds until somebody ends it."
      >
        <input
          id={`${id}-days`}
          name="days"
          type="number"
          min={1}
          max={3_650}
          defaultValue={days}
          className={inputClass}
        />
      </Field>
      <Field label="Why (required)" htmlFor={`${id}-reason`} hint="Kept in the audit log.">
        <input id={`${id}-reason`} name="reason" maxLength={2_000} className={inputClass} />
      </Field>
      {waits && (
        <label className="flex items-center gap-2 text-sm">
          <input type="checkbox" name="approve" defaultChecked className="size-4 accent-(--accent-fill)" />
          Approve it with this text
        </label>
      )}
      {error && <Problem message={error.message} mend={error.mend} />}
      <div className="flex justify-end gap-2">
        <Button onClick={onDone}>Leave as it is</Button>
        <Button type="submit" look="primary" disabled={pending}>
          {pending ? 'Saving' : 'Save'}
        </Button>
      </div>
    </form>
  )
}
