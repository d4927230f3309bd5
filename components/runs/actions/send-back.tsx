'use client'

import { Undo2 } from 'lucide-react'
import { useState } from 'react'
import { Button } from '@/components/ui/button'
import { type RunFacts, type SignalAction, SignalDialog } from './signal'

/** For a change that people rejected: to the coder once more, with what they said of it. */
export function SendBack(props: RunFacts & { readonly signal: SignalAction }) {
  const [open, setOpen] = useState(false)
  return (
    <>
      <Button look="primary" onClick={() => setOpen(true)}>
        <Undo2 aria-hidden className="size-4" />
        Send back to the coder
      </Button>
      <SignalDialog
        {...props}
        from="coder"
        steps={['coder']}
        kind={open ? 'retry' : null}
        onClose={() => setOpen(false)}
      />
    </>
  )
}
