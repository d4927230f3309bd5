'use client'

import { useActionState } from 'react'
import { Button } from '@/components/ui/button'
import { Field, inputClass } from '@/components/ui/field'
import { Problem } from '@/components/ui/panel'

interface SignInState {
  readonly message: string
  readonly mend?: string
}

interface SignInFormProps {
  readonly action: (before: SignInState | null, form: FormData) => Promise<SignInState | null>
  readonly next: string
}

export function SignInForm({ action, next }: SignInFormProps) {
  const [state, submit, pending] = useActionState(action, null)
  return (
    <form action={submit} className="space-y-4">
      <input type="hidden" name="next" value={next} />
      <Field label="Token" htmlFor="token">
        <input
          id="token"
          name="token"
          type="password"
          required
          autoComplete="current-password"
          spellCheck={false}
          className={`${inputClass} h-9! font-mono`}
        />
      </Field>
      {state && <Problem message={state.message} mend={state.mend} />}
      <Button type="submit" look="primary" className="h-9! w-full" disabled={pending}>
        Sign in
      </Button>
    </form>
  )
}
