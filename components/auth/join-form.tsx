'use client'

import { Button } from '@/components/ui/button'
import { Field, inputClass } from '@/components/ui/field'
import { Problem } from '@/components/ui/panel'
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
  const before = async () => {
    const data = new FormData()
    data.set('code', code)
    return (await joinByGitHub?.(null, data)) === null
  }
  const box = `${inputClass} h-9!`
  return (
    <>
      {joinByGitHub && (
        <div className="mb-4 border-b pb-4">
          <GitHubButton next="/" label="Join with GitHub" before={before} />
        </div>
      )}
      <form {...form} className="space-y-4">
        <input type="hidden" name="code" value={code} />
        <Field label="Name" htmlFor="name">
          <input id="name" name="name" required maxLength={100} autoComplete="name" className={box} />
        </Field>
        <Field label="E-mail" htmlFor="email">
          <input
            id="email"
            name="email"
            type="email"
            required
            maxLength={254}
            defaultValue={email ?? ''}
            readOnly={email !== null}
            autoComplete="username"
            className={box}
          />
        </Field>
        <Field label="Password" htmlFor="password" hint="At least 10 characters.">
          <input
            id="password"
            name="password"
            type="password"
            required
            minLength={10}
            maxLength={200}
            autoComplete="new-password"
            className={box}
          />
        </Field>
        {state && <Problem message={state.message} mend={state.mend} />}
        <Button type="submit" look="primary" className="h-9! w-full" disabled={pending}>
          Join
        </Button>
      </form>
    </>
  )
}
