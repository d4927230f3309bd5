'use client'

import { useEffect, useRef } from 'react'
import { Button } from '@/components/ui/button'
import { Field, inputClass } from '@/components/ui/field'
import { Problem } from '@/components/ui/panel'
import type { FormAction } from './form-action'
import { useFormAction } from './use-form-action'

interface SignInFormProps {
  readonly action: FormAction
  readonly next: string
  /** From the link of the first start: signs in by itself. */
  readonly token: string
}

export function SignInForm({ action, next, token }: SignInFormProps) {
  const { state, pending, form } = useFormAction(action)
  const element = useRef<HTMLFormElement>(null)
  useEffect(() => {
    if (token === '') return
    // Neither the history nor a reload keeps the token.
    window.history.replaceState(null, '', '/sign-in')
    element.current?.requestSubmit()
  }, [token])
  return (
    <form ref={element} {...form} className="space-y-4">
      <input type="hidden" name="next" value={next} />
      <Field label="Token" htmlFor="token">
        <input
          id="token"
          name="token"
          type="password"
          required
          defaultValue={token}
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
