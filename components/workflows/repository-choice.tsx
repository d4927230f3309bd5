'use client'

import { useRouter } from 'next/navigation'
import { useId, useTransition } from 'react'
import { inputClass } from '@/components/ui/field'
import { visible } from '@/lib/core/visible'

interface RepositoryChoiceProps {
  /** The page, without its query. */
  readonly path: string
  readonly current: string
  readonly repositories: readonly { readonly id: string; readonly name: string }[]
  /** What stands where none is chosen. */
  readonly none: string
}

/** Whose version of something is shown: one repository's, or what DevPilot brings along. */
export function RepositoryChoice({ path, current, repositories, none }: RepositoryChoiceProps) {
  const router = useRouter()
  const id = useId()
  const [pending, start] = useTransition()
  return (
    <div className="flex max-w-full items-center gap-2" aria-busy={pending}>
      <label htmlFor={id} className="shrink-0 text-sm whitespace-nowrap text-muted">
        Repository
      </label>
      <select
        id={id}
        value={current}
        onChange={(event) => {
          const { value } = event.target
          start(() => router.push(value === '' ? path : `${path}?repository=${value}`))
        }}
        className={`${inputClass} max-w-72 pr-7`}
      >
        <option value="">{none}</option>
        {repositories.map((repository) => (
          <option key={repository.id} value={repository.id}>
            {visible(repository.name)}
          </option>
        ))}
      </select>
    </div>
  )
}
