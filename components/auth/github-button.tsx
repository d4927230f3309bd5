'use client'

import { signIn } from 'next-auth/react'
import { useState, useTransition } from 'react'
import { Button } from '@/components/ui/button'
import { Problem } from '@/components/ui/panel'

interface GitHubButtonProps {
  readonly next: string
  readonly label?: string
  /** What is to be done before the browser leaves; false where it could not. */
  readonly before?: () => Promise<boolean>
}

/** Goes to GitHub and comes back signed in. */
export function GitHubButton({ next, label = 'Continue with GitHub', before }: GitHubButtonProps) {
  const [failed, setFailed] = useState(false)
  const [pending, start] = useTransition()
  const go = () =>
    start(async () => {
      setFailed(false)
      try {
        if (before && !(await before())) return setFailed(true)
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
