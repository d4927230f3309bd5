'use client'

import { CircleCheck, CircleX, TriangleAlert } from 'lucide-react'
import { useRouter } from 'next/navigation'
import { useId, useState, useTransition } from 'react'
import { type ActionError, type ActionResult, settle } from '@/components/ui/action-result'
import { Button, buttonClass } from '@/components/ui/button'
import { Field, inputClass } from '@/components/ui/field'
import { Link } from '@/components/ui/link'
import { Problem } from '@/components/ui/panel'
import { visible } from '@/lib/core/visible'
import type { RepositoryCheck } from '@/lib/services/repositories/check'
import { CheckList } from './check-list'

interface AddRepositoryProps {
  readonly check: (input: { repository: string }) => Promise<ActionResult<RepositoryCheck>>
  readonly add: (input: { repository: string }) => Promise<ActionResult<{ readonly id: string }>>
}

/** A path or URL, a look at what will work, and only then the adding. */
export function AddRepository({ check, add }: AddRepositoryProps) {
  const router = useRouter()
  const id = useId()
  const [text, setText] = useState('')
  const [found, setFound] = useState<RepositoryCheck | null>(null)
  const [error, setError] = useState<ActionError | null>(null)
  const [looking, look] = useTransition()
  const [adding, startAdding] = useTransition()
  const lookAtIt = () =>
    look(async () => {
      setError(null)
      setFound(null)
      const result = await settle(() => check({ repository: text.trim() }))
      if (result.ok) setFound(result.value)
      else setError(result.error)
    })
  const addIt = (repository: string) =>
    startAdding(async () => {
      const result = await settle(() => add({ repository }))
      if (result.ok) router.push(`/repositories/${result.value.id}`)
      else setError(result.error)
    })
  return (
    <div className="max-w-3xl space-y-5">
      <form
        onSubmit={(event) => {
          event.preventDefault()
          lookAtIt()
        }}
      >
        <Field
          label="Repository"
          htmlFor={id}
          hint="The path of a clone on the server’s machine, a clone URL, or owner/name on GitHub. Nothing is kept until you add it."
        >
          <div className="flex gap-2">
            <input
              id={id}
              value={text}
              onChange={(event) => {
                setText(event.target.value)
                setFound(null)
                setError(null)
              }}
              required
              maxLength={2_000}
              autoComplete="off"
              spellCheck={false}
              placeholder="/home/me/project"
              className={`${inputClass} num`}
            />
            <Button type="submit" look={found ? 'plain' : 'primary'} disabled={looking || text.trim() === ''}>
              {looking ? 'Looking' : 'Look at it'}
            </Button>
          </div>
        </Field>
      </form>
      <div aria-live="polite" className="space-y-4">
        {looking && <p className="text-sm text-muted">Reading its base branch and trying the sandbox…</p>}
        {error && <Problem message={error.message} mend={error.mend} />}
        {found && <Verdict found={found} adding={adding} add={() => addIt(found.source)} />}
      </div>
    </div>
  )
}

interface VerdictProps {
  readonly found: RepositoryCheck
  readonly adding: boolean
  readonly add: () => void
}

function Verdict({ found, adding, add }: VerdictProps) {
  const reached = found.branch !== null
  const warned = found.checks.some((one) => one.status === 'warn')
  const Icon = !found.works ? CircleX : warned ? TriangleAlert : CircleCheck
  const tone = !found.works ? 'tone-red' : warned ? 'tone-amber' : 'tone-green'
  return (
    <section aria-label="What was found" className="space-y-4">
      <div className="flex flex-wrap items-center gap-3">
        <Icon aria-hidden className={`${tone} size-5`} />
        <p className="mr-auto font-medium">{verdictText(found, warned)}</p>
        {found.known ? (
          <Link href={`/repositories/${found.known}`} className={buttonClass('primary')}>
            Open it
          </Link>
        ) : (
          reached && (
            <Button look="primary" onClick={add} disabled={adding}>
              {adding ? 'Adding' : `Add ${visible(found.name)}`}
            </Button>
          )
        )}
      </div>
      <CheckList checks={found.checks} />
    </section>
  )
}

function verdictText(found: RepositoryCheck, warned: boolean): string {
  if (found.known) return 'It is here already.'
  if (found.branch === null) return 'It cannot be worked on as it is.'
  if (!found.works) return 'Runs will not get through until this is mended.'
  return warned ? 'It works, with what stands below in mind.' : 'Everything works.'
}
