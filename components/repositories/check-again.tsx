'use client'

import { useState, useTransition } from 'react'
import { type ActionError, type ActionResult, settle } from '@/components/ui/action-result'
import { Button } from '@/components/ui/button'
import { Problem } from '@/components/ui/panel'
import type { RepositoryCheck } from '@/lib/services/repositories/check'
import { CheckList } from './check-list'

interface CheckAgainProps {
  readonly source: string
  readonly check: (input: { repository: string }) => Promise<ActionResult<RepositoryCheck>>
}

/** Looks once more at what works, as before it was added. */
export function CheckAgain({ source, check }: CheckAgainProps) {
  const [found, setFound] = useState<RepositoryCheck | null>(null)
  const [error, setError] = useState<ActionError | null>(null)
  const [looking, look] = useTransition()
  const lookAtIt = () =>
    look(async () => {
      setError(null)
      const result = await settle(() => check({ repository: source }))
      if (result.ok) setFound(result.value)
      else setError(result.error)
    })
  return (
    <div className="space-y-3" aria-live="polite">
      <Button onClick={lookAtIt} disabled={looking}>
        {looking ? 'Looking' : 'Check what works now'}
      </Button>
      {error && <Problem message={error.message} mend={error.mend} />}
      {found && <CheckList checks={found.checks} />}
    </div>
  )
}
