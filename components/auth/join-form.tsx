'use client'

import { Button } from '@/components/ui/button'
import { Field, inputClass } from '@/components/ui/field'
import { Problem } from '@/components/ui/panel'
import { EmailField, NewPasswordField } from './account-fields'
import type { FormAction } from './form-action'
import { GitHubButton } from './github-button'
import { useFormAction } from './use-form-action'

interface JoinFormProps {
  readonly code: string
  /** The address that the invitation is for. */
  readonly email: string | null
  readonly join: FormAction
  readonly joinByGitHub: FormAction | null
}

/** Name, address and password of a new account, or an account of GitHub. */
export function JoinForm({ code, email, join, joinByGitHub }: JoinFormProps) {
  const { state, pending, form } = useFormAction(join)
  return (
    <>
      {joinByGitHub && (
        <div className="mb-4 border-b pb-4">
          <GitHubButton next="/" label="Join with GitHub" leave={joinByGitHub} code={code} />
        </div>
      )}
      <form {...form} className="space-y-4">
        <input type="hidden" name="code" value={code} />
        <Field label="Name" htmlFor="name">
          <input
            id="name"
            name="name"
            required
            maxLength={100}
            autoComplete="name"
            className={`${inputClass} h-9!`}
          />
        </Field>
        <EmailField id="email" value={email ?? ''} fixed={email !== null} className="h-9!" />
        <NewPasswordField id="password" label="Password" className="h-9!" />
        {state && <Problem message={state.message} mend={state.mend} />}
        <Button type="submit" look="primary" className="h-9! w-full" disabled={pending}>
          Join
        </Button>
      </form>
    </>
  )
}
