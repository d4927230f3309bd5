'use client'

import { type ReactNode, useState, useTransition } from 'react'
import { type ActionError, type ActionResult, settle } from '@/components/ui/action-result'
import { Button, type ButtonLook } from '@/components/ui/button'
import { Dialog } from '@/components/ui/dialog'
import { Problem } from '@/components/ui/panel'

interface ConfirmButtonProps {
  /** On the button, and on the one that does it. */
  readonly label: string
  /** What is asked. */
  readonly title: string
  /** What happens then. */
  readonly children: ReactNode
  readonly look?: ButtonLook
  /** For a list in which many buttons say the same. */
  readonly name?: string
  readonly act: () => Promise<ActionResult<unknown>>
}

/** A button that asks once more, says what it does, and shows why it could not. */
export function ConfirmButton({ label, title, children, look = 'plain', name, act }: ConfirmButtonProps) {
  const [open, setOpen] = useState(false)
  const [error, setError] = useState<ActionError | null>(null)
  const [pending, start] = useTransition()
  const close = () => {
    setOpen(false)
    setError(null)
  }
  const go = () =>
    start(async () => {
      const result = await settle(act)
      if (result.ok) close()
      else setError(result.error)
    })
  return (
    <>
      <Button look={look} aria-label={name} onClick={() => setOpen(true)}>
        {label}
      </Button>
      <Dialog open={open} onClose={close} title={title}>
        <div className="space-y-4 px-5 pt-2 pb-5">
          <div className="text-sm text-muted">{children}</div>
          {error && <Problem message={error.message} mend={error.mend} />}
          <div className="flex justify-end gap-2">
            <Button onClick={close} data-autofocus>
              Cancel
            </Button>
            <Button look={look === 'danger' ? 'danger' : 'primary'} onClick={go} disabled={pending}>
              {label}
            </Button>
          </div>
        </div>
      </Dialog>
    </>
  )
}
