'use client'

import { useEffect } from 'react'
import { useAction } from '@/components/settings/use-action'
import type { ActionResult } from '@/components/ui/action-result'
import { Button } from '@/components/ui/button'
import { Problem } from '@/components/ui/panel'
import type { Webhook } from '@/lib/services/webhooks/view'

interface RedeliverProps {
  readonly id: string
  readonly status: Webhook['status']
  readonly redeliver: (input: { id: string }) => Promise<ActionResult<unknown>>
}

/** Has a webhook worked on again, and says so or why not. */
export function Redeliver({ id, status, redeliver }: RedeliverProps) {
  const { run, pending, done, error, clear } = useAction(redeliver)
  // biome-ignore lint/correctness/useExhaustiveDependencies: what was said is of no more use once it is settled
  useEffect(() => {
    if (status !== 'waiting') clear()
  }, [status])
  return (
    <div className="space-y-2">
      {/* One that is disabled would lose the focus. */}
      <Button
        onClick={() => !pending && run({ id })}
        aria-disabled={pending}
        className="aria-disabled:opacity-50"
      >
        Redeliver
      </Button>
      <p role="status" className="text-sm text-muted">
        {done && status === 'waiting' && 'It waits to be worked on again.'}
      </p>
      {error && <Problem message={error.message} mend={error.mend} />}
    </div>
  )
}
