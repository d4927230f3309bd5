'use client'

import { signIn } from 'next-auth/react'
import { useState, useTransition } from 'react'
import { Button } from '@/components/ui/button'
import { Problem } from '@/components/ui/panel'
import type { FormAction } from './form-action'

interface GitHubButtonProps {
  readonly next: string
  readonly label?: string
  /** Keeps what the browser leaves for; asked before it does. */
  readonly leave: FormAction
  /** Of the invitation that is joined with. */
  readonly code?: string
}

/** Goes to GitHub and comes back signed in. */
export function GitHubButton({ next, label = 'Continue with GitHub', leave, code }: GitHubButtonProps) {
  const [failed, setFailed] = useState(false)
  const [pending, start] = useTransition()
  const go = () =>
    start(async () => {
      setFailed(false)
      try {
        const form = new FormData()
        if (code !== undefined) form.set('code', code)
        if ((await leave(null, form)) !== null) return setFailed(true)
        await signIn('github', { callbackUrl: next })
      } catch {
        setFailed(true)
      }
    })
  return (
    <div className="space-y-3">
      <Button className="h-9! w-full" onClick={go} disabled={pending}>
        {label}
      </Button>
      {failed && (
        <Problem message="GitHub could not be asked." mend="See that DevPilot is running, then try again." />
      )}
    </div>
  )
}
