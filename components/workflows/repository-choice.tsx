'use client'

import { useRouter } from 'next/navigation'
import { useId, useTransition } from 'react'
import { href } from '@/components/params'
import { Choice, type Option } from '@/components/ui/choice'

interface RepositoryChoiceProps {
  /** The page, without its query. */
  readonly path: string
  readonly current: string
  readonly repositories: readonly Option[]
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
      <Choice
        id={id}
        value={current}
        none={none}
        options={repositories}
        onChange={(repository) => start(() => router.push(href(path, { repository })))}
        className="max-w-72"
      />
    </div>
  )
}
