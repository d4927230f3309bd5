'use client'

import { useAction } from '@/components/settings/use-action'
import type { ActionResult } from '@/components/ui/action-result'
import { Button } from '@/components/ui/button'
import { Problem } from '@/components/ui/panel'

interface RedeliverProps {
  readonly id: string
  readonly redeliver: (input: { id: string }) => Promise<ActionResult<unknown>>
}

/** Has a webhook worked on again, and says so or why not. */
export function Redeliver({ id, redeliver }: RedeliverProps) {
  const { run, pending, done, error } = useAction(redeliver)
  return (
    <div className="space-y-2">
      <Button onClick={() => run({ id })} disabled={pending}>
        Redeliver
      </Button>
      <p role="status" className="text-sm text-muted">
        {done && 'It waits to be worked on again.'}
      </p>
      {error && <Problem message={error.message} mend={error.mend} />}
    </div>
  )
}
