'use client'

import { type ReactNode, useState, useTransition } from 'react'
import { type ActionError, type ActionResult, settle } from './action-result'
import { Button, type ButtonLook } from './button'
import { Problem } from './panel'

interface ActionFormProps<T> {
  /** Calls the action with what was filled in. */
  readonly submit: (data: FormData) => Promise<ActionResult<T>>
  readonly onDone: (value: T) => void
  readonly onClose: () => void
  /** What the button says that does it. */
  readonly label: string
  readonly look?: ButtonLook
  readonly children: ReactNode
}

/** The frame of every form in a dialog: sends once, says what went wrong and keeps what was typed, closes when done. */
export function ActionForm<T>({
  submit,
  onDone,
  onClose,
  label,
  look = 'primary',
  children,
}: ActionFormProps<T>) {
  const [error, setError] = useState<ActionError | null>(null)
  const [pending, start] = useTransition()
  const send = (data: FormData) =>
    start(async () => {
      setError(null)
      const result = await settle(() => submit(data))
      if (result.ok) onDone(result.value)
      else setError(result.error)
    })
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault()
        send(new FormData(event.currentTarget))
      }}
      className="space-y-4 overflow-y-auto px-5 pt-3 pb-5"
    >
      {children}
      {error && <Problem message={error.message} mend={error.mend} />}
      <div className="flex justify-end gap-2">
        <Button onClick={onClose}>Close</Button>
        <Button type="submit" look={look} disabled={pending}>
          {label}
        </Button>
      </div>
    </form>
  )
}
