'use client'

import { type FormEvent, useId } from 'react'
import type { ActionResult } from '@/components/ui/action-result'
import { Button } from '@/components/ui/button'
import { Command } from '@/components/ui/copy'
import { Field, inputClass, selectClass } from '@/components/ui/field'
import { Problem } from '@/components/ui/panel'
import type { KeyScope } from '@/lib/core/access'
import type { MadeKey } from '@/lib/services/keys/view'
import { fieldOf } from './profile-forms'
import { useAction } from './use-action'

interface KeyFormProps {
  /** Those that the maker holds. */
  readonly scopes: readonly KeyScope[]
  /** Ids of those that hold no longer. */
  readonly ended: readonly string[]
  readonly create: (input: {
    name: string
    scopes: KeyScope[]
    days: number | null
  }) => Promise<ActionResult<MadeKey>>
}

const says: Readonly<Record<KeyScope, string>> = {
  read: 'see everything that you see',
  ingest: 'post logs to /api/cline',
  trigger: 'start and steer runs',
  approve: 'decide gates, but of no run that it asked for',
  admin: 'members, keys and settings',
}

/** Makes a key and shows it, once. */
export function KeyForm({ scopes, ended, create }: KeyFormProps) {
  const id = useId()
  const { run, pending, error, value, clear } = useAction(create)
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault()
    const form = event.currentTarget
    const days = fieldOf(form, 'days')
    const chosen = scopes.filter((scope) => new FormData(form).has(scope))
    run({ name: fieldOf(form, 'name'), scopes: chosen, days: days === '' ? null : Number(days) }, () =>
      form.reset(),
    )
  }
  return (
    <div className="space-y-4">
      <form onSubmit={submit} className="max-w-xl space-y-3">
        <div className="grid gap-3 sm:grid-cols-2">
          <Field label="Name" htmlFor={`${id}-name`}>
            <input
              id={`${id}-name`}
              name="name"
              required
              maxLength={100}
              placeholder="ci, my laptop"
              className={inputClass}
            />
          </Field>
          <Field label="Ends after" htmlFor={`${id}-days`}>
            <select id={`${id}-days`} name="days" defaultValue="90" className={selectClass}>
              <option value="7">7 days</option>
              <option value="30">30 days</option>
              <option value="90">90 days</option>
              <option value="365">a year</option>
              <option value="">only when it is revoked</option>
            </select>
          </Field>
        </div>
        <fieldset>
          <legend className="mb-1 text-sm font-medium">It may</legend>
          <ul className="space-y-2">
            {scopes.map((scope) => (
              <li key={scope}>
                <label className="flex items-start gap-2 text-sm">
                  <input
                    type="checkbox"
                    name={scope}
                    defaultChecked={scope === 'read'}
                    className="mt-px size-4 shrink-0 accent-(--accent-fill)"
                  />
                  <span>
                    <span className="code">{scope}</span> <span className="text-muted">{says[scope]}</span>
                  </span>
                </label>
              </li>
            ))}
          </ul>
        </fieldset>
        {error && <Problem message={error.message} mend={error.mend} />}
        <Button type="submit" look="primary" disabled={pending}>
          Make key
        </Button>
      </form>
      <div role="status">
        {value && !ended.includes(value.id) && (
          <div className="space-y-2 rounded-lg border bg-surface p-4">
            <p className="text-sm font-medium">Keep this key now: it is not shown again.</p>
            <Command text={value.key} />
            <div>
              <Button onClick={clear}>I have kept it</Button>
            </div>
          </div>
        )}
      </div>
    </div>
  )
}
