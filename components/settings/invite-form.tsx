'use client'

import { type FormEvent, useId } from 'react'
import type { ActionResult } from '@/components/ui/action-result'
import { Button } from '@/components/ui/button'
import { Command } from '@/components/ui/copy'
import { Field, inputClass, selectClass } from '@/components/ui/field'
import { Problem } from '@/components/ui/panel'
import { type RoleName, roleNames } from '@/lib/core/access'
import { visible } from '@/lib/core/visible'
import type { Invited, Renewal } from '@/lib/services/users/invite'
import { fieldOf } from './profile-forms'
import { useAction } from './use-action'

interface InviteFormProps {
  /** Where this installation is reached. */
  readonly base: string
  readonly invite: (input: { role: RoleName; email?: string; days: number }) => Promise<ActionResult<Invited>>
}

/** Makes a link that lets one person in, and shows it once. */
export function InviteForm({ base, invite }: InviteFormProps) {
  const id = useId()
  const { run, pending, error, value, clear } = useAction(invite)
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault()
    const form = event.currentTarget
    const email = fieldOf(form, 'email').trim()
    const role = roleNames.find((name) => name === fieldOf(form, 'role')) ?? 'viewer'
    run({ role, days: Number(fieldOf(form, 'days')), ...(email === '' ? {} : { email }) }, () => form.reset())
  }
  return (
    <div className="space-y-4">
      <form onSubmit={submit} className="grid gap-3 sm:grid-cols-[1fr_9rem_8rem_auto] sm:items-end">
        <Field label="E-mail (optional)" htmlFor={`${id}-email`}>
          <input id={`${id}-email`} name="email" type="email" maxLength={254} className={inputClass} />
        </Field>
        <Field label="Role" htmlFor={`${id}-role`}>
          <select id={`${id}-role`} name="role" defaultValue="supervisor" className={selectClass}>
            {roleNames.map((role) => (
              <option key={role} value={role}>
                {role}
              </option>
            ))}
          </select>
        </Field>
        <Field label="Good for" htmlFor={`${id}-days`}>
          <select id={`${id}-days`} name="days" defaultValue="7" className={selectClass}>
            <option value="1">a day</option>
            <option value="7">7 days</option>
            <option value="30">30 days</option>
          </select>
        </Field>
        <Button type="submit" look="primary" disabled={pending}>
          Make link
        </Button>
      </form>
      {error && <Problem message={error.message} mend={error.mend} />}
      <div role="status">
        {value && (
          <div className="space-y-2 rounded-lg border bg-surface p-4">
            {value.renews && <p className="text-sm">{renewalWords(value.renews)}</p>}
            <p className="text-sm font-medium">
              Send this link yourself. It works once and is not shown again.
            </p>
            <Command text={`${base}/join?code=${value.code}`} />
            <div>
              <Button onClick={clear}>I have sent it</Button>
            </div>
          </div>
        )}
      </div>
    </div>
  )
}

/** Whom a link to set a new password is for, and what the account then is: the role of the form counts for few. */
function renewalWords({ name, role, activates }: Renewal): string {
  const who = visible(name)
  return activates
    ? `This is a link to set a new password: ${who} was deactivated, and comes back as ${role}.`
    : `This is a link to set a new password: ${who} is a member, stays ${role}, and is signed out everywhere by it.`
}
