'use client'

import { Button } from '@/components/ui/button'
import { Problem } from '@/components/ui/panel'
import { EmailField, NewPasswordField } from './account-fields'
import type { FormAction } from './form-action'
import { useFormAction } from './use-form-action'

interface RenewFormProps {
  readonly code: string
  /** The address of the account that the link is for. */
  readonly email: string
  readonly renew: FormAction
}

/** A new password for an account that is here. */
export function RenewForm({ code, email, renew }: RenewFormProps) {
  const { state, pending, form } = useFormAction(renew)
  return (
    <form {...form} className="space-y-4">
      <input type="hidden" name="code" value={code} />
      <EmailField id="email" value={email} fixed className="h-9!" />
      <NewPasswordField id="password" label="New password" className="h-9!" />
      {state && <Problem message={state.message} mend={state.mend} />}
      <Button type="submit" look="primary" className="h-9! w-full" disabled={pending}>
        Set password
      </Button>
    </form>
  )
}
