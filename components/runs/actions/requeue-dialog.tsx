'use client'

import { useId } from 'react'
import { ActionForm } from '@/components/ui/action-form'
import type { ActionResult } from '@/components/ui/action-result'
import { Dialog } from '@/components/ui/dialog'
import { areaClass, Field } from '@/components/ui/field'
import type { RequeueAction } from '../requeue'

interface RequeueDialogProps {
  readonly run: string
  readonly open: boolean
  readonly requeue: RequeueAction
  readonly onClose: () => void
}

/** Puts back one run that was given up. */
export function RequeueDialog({ run, open, requeue, onClose }: RequeueDialogProps) {
  const id = useId()
  const submit = async (data: FormData): Promise<ActionResult<unknown>> => {
    const result = await requeue({ runs: [run], reason: String(data.get('reason') ?? '') })
    const error = result.ok ? result.value.results.find((item) => item.run === run)?.error : undefined
    if (!error) return result
    const { code, message, mend } = error
    return { ok: false, error: { code, message, ...(mend === undefined ? {} : { mend }) } }
  }
  return (
    <Dialog open={open} onClose={onClose} title="Put this run back?">
      <ActionForm submit={submit} onDone={onClose} onClose={onClose} label="Put it back">
        <p className="text-sm text-muted">
          It was given up. A worker takes it up again at the step where it stopped, with the tries counted
          anew.
        </p>
        <Field label="Why (required)" htmlFor={id} hint="Kept in the audit log with your name.">
          <textarea
            id={id}
            name="reason"
            data-autofocus
            required
            rows={2}
            maxLength={2_000}
            className={areaClass}
          />
        </Field>
      </ActionForm>
    </Dialog>
  )
}
