'use client'

import { CircleCheck, CircleX } from 'lucide-react'
import { useId, useState, useTransition } from 'react'
import { plural } from '@/components/format'
import { GIVEN_UP } from '@/components/params'
import { type ActionError, type ActionResult, settle } from '@/components/ui/action-result'
import { Button } from '@/components/ui/button'
import { inputClass } from '@/components/ui/field'
import { Link } from '@/components/ui/link'
import { Empty, Problem, Section } from '@/components/ui/panel'
import { TimeAgo } from '@/components/ui/time-ago'
import { visible } from '@/lib/core/visible'
import type { Requeued, RunSummary } from '@/lib/services/views'

export type RequeueAction = (input: {
  readonly runs?: string[]
  readonly reason: string
}) => Promise<ActionResult<Requeued>>

interface GivenUpProps {
  readonly runs: readonly RunSummary[]
  /** null for who may only look. */
  readonly requeue: RequeueAction | null
  readonly now: number
}

/** Runs that were given up, with the reason of each; some or all are put back, and each has its own result. */
export function GivenUp({ runs, requeue, now }: GivenUpProps) {
  const id = useId()
  const [left, setLeft] = useState<ReadonlySet<string>>(new Set())
  const [reason, setReason] = useState('')
  const work = useRequeue(requeue)
  const chosen = runs.filter((run) => !left.has(run.id)).map((run) => run.id)
  const toggle = (run: string) =>
    setLeft((before) => {
      const next = new Set(before)
      if (!next.delete(run)) next.add(run)
      return next
    })
  return (
    <section aria-label="Runs that were given up" className="mb-5 space-y-3">
      {runs.length === 0 && work.done === null && <Empty title="No run was given up" />}
      <ul
        aria-label="Given up"
        hidden={runs.length === 0}
        className="divide-y overflow-clip rounded-lg border bg-surface"
      >
        {runs.map((run) => (
          <li key={run.id} className="flex items-start gap-3 px-3 py-2 text-sm">
            {requeue && (
              <input
                type="checkbox"
                id={`${id}-${run.id}`}
                checked={!left.has(run.id)}
                onChange={() => toggle(run.id)}
                aria-label={`Put back: ${run.title}`}
                className="mt-1 size-4 shrink-0 accent-(--accent-fill)"
              />
            )}
            <div className="min-w-0 flex-1">
              <p className="flex flex-wrap items-baseline gap-x-2">
                <Link href={`/runs/${run.id}`} className="font-medium hover:underline">
                  {visible(run.title)}
                </Link>
                <span className="text-xs text-muted">{visible(run.repository?.name ?? 'no repository')}</span>
              </p>
              {run.dead && (
                <>
                  <p className="text-muted">{visible(run.dead.reason)}</p>
                  <p className="text-xs text-faint">
                    {visible(run.dead.step)}, {plural(run.dead.tries, 'try', 'tries')},{' '}
                    <TimeAgo at={run.dead.since} now={now} />
                  </p>
                </>
              )}
            </div>
          </li>
        ))}
      </ul>
      <div className={runs.length === 0 || !requeue ? 'hidden' : 'flex flex-wrap items-center gap-2'}>
        <Why value={reason} onChange={setReason} />
        <Button
          look="primary"
          disabled={work.pending || chosen.length === 0}
          onClick={() => work.start(chosen, reason)}
        >
          Put back {plural(chosen.length, 'run')}
        </Button>
      </div>
      <Results {...work} />
    </section>
  )
}

/** On Home: what was given up can be looked at, or put back at once. It stays to tell what became of it. */
export function PutAllBack({ count, requeue }: Pick<GivenUpProps, 'requeue'> & { readonly count: number }) {
  const work = useRequeue(requeue)
  const [reason, setReason] = useState('')
  if (count === 0 && work.done === null) return null
  return (
    <Section
      title="Runs that were given up"
      aside={
        count > 0 && (
          <Link href={`/timeline?status=${GIVEN_UP}`} className="text-accent hover:underline">
            Look at what was given up
          </Link>
        )
      }
    >
      <div className="space-y-3">
        {count > 0 && (
          <p className="text-sm text-muted">
            A step of {count === 1 ? 'it' : 'each'} failed every time it was tried.
            {requeue && ' Once the cause is gone, the step can be tried again.'}
          </p>
        )}
        {count > 0 && requeue && (
          <div className="flex flex-wrap items-center gap-2">
            <Why value={reason} onChange={setReason} />
            <Button disabled={work.pending} onClick={() => work.start(undefined, reason)}>
              Put back {count === 1 ? 'the run' : `all ${count} runs`}
            </Button>
          </div>
        )}
        <Results {...work} />
      </div>
    </Section>
  )
}

function Why({ value, onChange }: { readonly value: string; readonly onChange: (reason: string) => void }) {
  return (
    <label className="min-w-48 flex-1">
      <span className="sr-only">Why</span>
      <input
        value={value}
        onChange={(event) => onChange(event.target.value)}
        placeholder="Why (kept in the audit log)"
        maxLength={2_000}
        className={inputClass}
      />
    </label>
  )
}

interface Work {
  readonly pending: boolean
  readonly done: Requeued | null
  readonly error: ActionError | null
}

function useRequeue(requeue: RequeueAction | null): Work & {
  readonly start: (runs: string[] | undefined, reason: string) => void
} {
  const [done, setDone] = useState<Requeued | null>(null)
  const [error, setError] = useState<ActionError | null>(null)
  const [pending, transition] = useTransition()
  const start = (runs: string[] | undefined, reason: string) =>
    transition(async () => {
      if (!requeue) return
      const result = await settle(() => requeue({ ...(runs ? { runs } : {}), reason }))
      setDone(result.ok ? result.value : null)
      setError(result.ok ? null : result.error)
    })
  return { pending, done, error, start }
}

function Results({ done, error }: Work) {
  if (error) return <Problem message={error.message} mend={error.mend} />
  if (done === null) return null
  return (
    <ul aria-label="What became of them" aria-live="polite" className="space-y-1 text-sm">
      {done.results.map(({ run, title, ok, step, error: why }) => (
        <li key={run} className="flex items-start gap-2">
          {ok ? (
            <CircleCheck aria-hidden className="mt-0.5 size-4 shrink-0 text-green" />
          ) : (
            <CircleX aria-hidden className="mt-0.5 size-4 shrink-0 text-red" />
          )}
          <span>
            <Link href={`/runs/${run}`} className="hover:underline">
              {visible(title ?? run)}
            </Link>
            :{' '}
            {ok
              ? `goes on at ${step ?? 'its step'}.`
              : `${why?.message ?? 'Not put back.'} ${why?.mend ?? ''}`}
          </span>
        </li>
      ))}
    </ul>
  )
}
