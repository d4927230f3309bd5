'use client'

import { type FormEvent, useId } from 'react'
import { EmailField, NewPasswordField } from '@/components/auth/account-fields'
import type { ActionResult } from '@/components/ui/action-result'
import { Button } from '@/components/ui/button'
import { Field, inputClass } from '@/components/ui/field'
import { Problem } from '@/components/ui/panel'
import { useAction } from './use-action'

interface NameFormProps {
  readonly name: string
  readonly rename: (input: { name: string }) => Promise<ActionResult<void>>
}

/** How one is called in the record from now on. */
export function NameForm({ name, rename }: NameFormProps) {
  const id = useId()
  const { run, pending, error, done } = useAction(rename)
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault()
    run({ name: fieldOf(event.currentTarget, 'name') })
  }
  return (
    <form onSubmit={submit} className="max-w-md space-y-3">
      <Field label="Name" htmlFor={id} hint="Shown beside what you do from now on.">
        <input id={id} name="name" required maxLength={100} defaultValue={name} className={inputClass} />
      </Field>
      {error && <Problem message={error.message} mend={error.mend} />}
      <Row pending={pending} label="Save name" said={done ? 'Saved.' : null} />
    </form>
  )
}

interface PasswordFormProps {
  readonly email: string | null
  readonly setPassword: (input: {
    email: string
    current: string
    password: string
  }) => Promise<ActionResult<void>>
}

/** Address and password to sign in with. */
export function OwnPasswordForm({ email, setPassword }: PasswordFormProps) {
  const id = useId()
  const { run, pending, error, done } = useAction(setPassword)
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault()
    const form = event.currentTarget
    const [address, current, password] = ['email', 'current', 'password'].map((name) => fieldOf(form, name))
    run({ email: address ?? '', current: current ?? '', password: password ?? '' }, () => form.reset())
  }
  return (
    <form onSubmit={submit} className="max-w-md space-y-3">
      <EmailField id={`${id}-email`} value={email ?? ''} />
      <Field label="Current password" htmlFor={`${id}-current`} hint="Leave it empty if you have none yet.">
        <input
          id={`${id}-current`}
          name="current"
          type="password"
          maxLength={1_000}
          autoComplete="current-password"
          className={inputClass}
        />
      </Field>
      <NewPasswordField id={`${id}-new`} label="New password" />
      {error && <Problem message={error.message} mend={error.mend} />}
      <Row pending={pending} label="Set password" said={done ? 'Set.' : null} />
    </form>
  )
}

function Row({ pending, label, said }: { pending: boolean; label: string; said: string | null }) {
  return (
    <div className="flex items-center gap-3">
      <Button type="submit" disabled={pending}>
        {label}
      </Button>
      <span role="status" className="text-sm text-muted">
        {said}
      </span>
    </div>
  )
}

/** A field's text. */
export function fieldOf(form: HTMLFormElement, name: string): string {
  const value = new FormData(form).get(name)
  return typeof value === 'string' ? value : ''
}
