'use client'

import type { ActionResult } from '@/components/ui/action-result'
import { selectClass } from '@/components/ui/field'
import { Problem } from '@/components/ui/panel'
import { type RoleName, roleNames } from '@/lib/core/access'
import { useAction } from './use-action'

interface RoleSelectProps {
  readonly user: string
  readonly name: string
  readonly role: RoleName
  readonly change: (input: { user: string; role: RoleName }) => Promise<ActionResult<void>>
}

/** A member's role, asked to be changed as it is chosen: what is shown is what holds. */
export function RoleSelect({ user, name, role, change }: RoleSelectProps) {
  const { run, pending, error } = useAction(change)
  return (
    <div className="space-y-2">
      <select
        aria-label={`Role of ${name}`}
        value={role}
        disabled={pending}
        onChange={(event) => {
          const chosen = roleNames.find((one) => one === event.target.value)
          if (chosen) run({ user, role: chosen })
        }}
        className={`${selectClass} w-32!`}
      >
        {roleNames.map((one) => (
          <option key={one} value={one}>
            {one}
          </option>
        ))}
      </select>
      {error && <Problem message={error.message} mend={error.mend} />}
    </div>
  )
}
