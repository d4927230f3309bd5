'use client'

import { Button } from '@/components/ui/button'
import { Field, inputClass } from '@/components/ui/field'
import { Problem } from '@/components/ui/panel'
import { EmailField } from './account-fields'
import type { FormAction } from './form-action'
import { useFormAction } from './use-form-action'

interface PasswordFormProps {
  readonly action: FormAction
  readonly next: string
}

export function PasswordForm({ action, next }: PasswordFormProps) {
  const { state, pending, form } = useFormAction(action)
  return (
    <form {...form} className="space-y-4">
      <input type="hidden" name="next" value={next} />
      <EmailField id="email" className="h-9!" />
      <Field label="Password" htmlFor="password">
        <input
          id="password"
          name="password"
          type="password"
          required
          maxLength={1_000}
          autoComplete="current-password"
          className={`${inputClass} h-9!`}
        />
      </Field>
      {state && <Problem message={state.message} mend={state.mend} />}
      <Button type="submit" look="primary" className="h-9! w-full" disabled={pending}>
        Sign in
      </Button>
    </form>
  )
}
