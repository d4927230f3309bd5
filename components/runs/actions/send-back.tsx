'use client'

import { Undo2 } from 'lucide-react'
import { useState } from 'react'
import { Button } from '@/components/ui/button'
import type { HeedingStep } from '@/lib/core/wishes'
import { type RunFacts, type SignalAction, SignalDialog } from './signal'

interface SendBackProps extends RunFacts {
  readonly to: HeedingStep
  readonly signal: SignalAction
}

/** For a change that people rejected: to an agent once more, with what they said of it. */
export function SendBack({ to, ...props }: SendBackProps) {
  const [open, setOpen] = useState(false)
  return (
    <>
      <Button look="primary" onClick={() => setOpen(true)}>
        <Undo2 aria-hidden className="size-4" />
        Send back to the {to}
      </Button>
      <SignalDialog
        {...props}
        from={to}
        steps={[to]}
        kind={open ? 'retry' : null}
        onClose={() => setOpen(false)}
      />
    </>
  )
}
