'use client'

import { CircleCheck, CircleMinus, CircleX, type LucideIcon } from 'lucide-react'
import { useId, useState } from 'react'
import { minuteOf, plural } from '@/components/format'
import { Button } from '@/components/ui/button'
import { Dialog } from '@/components/ui/dialog'
import { Field, inputClass } from '@/components/ui/field'
import { Link } from '@/components/ui/link'
import { Problem } from '@/components/ui/panel'
import type { RunFilterTexts } from '@/lib/core/run-filters'
import { visible } from '@/lib/core/visible'
import type { BulkAction, BulkKind, Choice } from './types'
import { type Bulk, type BulkResult, useBulk } from './use-bulk'

interface BulkDialogProps {
  readonly kind: BulkKind
  readonly choice: Choice
  readonly filters: RunFilterTexts
  readonly until: string
  readonly act: BulkAction
  readonly close: () => void
}

const words = {
  cancel: { verb: 'Cancel', done: 'cancelled', left: 'Runs that have ended are left alone.' },
  retry: {
    verb: 'Retry',
    done: 'retried',
    left: 'Only runs that failed, were rejected, aborted or cancelled are retried; others are left alone. One that was rejected is asked about again at its gate, unchanged; to send it back with what was said of it, open it.',
  },
} as const

/** Asks why, then shows run by run what became of it. */
export function BulkDialog({ kind, choice, filters, until, act, close }: BulkDialogProps) {
  const id = useId()
  const [reason, setReason] = useState('')
  const bulk = useBulk(choice, filters, until, act)
  const { verb, left } = words[kind]
  const what = choice.kind === 'rows' ? plural(choice.ids.length, 'run') : 'all that match'
  const begun = bulk.state !== 'idle'
  return (
    <Dialog open onClose={close} title={`${verb} ${what}`}>
      <div className="space-y-4 overflow-auto px-5 pt-3 pb-5">
        {begun ? (
          <Progress kind={kind} bulk={bulk} />
        ) : (
          <form
            className="space-y-4"
            onSubmit={(event) => {
              event.preventDefault()
              void bulk.start(kind, reason)
            }}
          >
            <p className="text-sm text-muted">{left} Each run is written into the audit log by itself.</p>
            <Field label="Why" htmlFor={id} hint="Kept with each run. It can be left empty.">
              <input
                id={id}
                data-autofocus
                value={reason}
                maxLength={2_000}
                onChange={(event) => setReason(event.target.value)}
                className={inputClass}
              />
            </Field>
            <div className="flex justify-end gap-2">
              <Button onClick={close}>Leave them</Button>
              <Button type="submit" look={kind === 'cancel' ? 'danger' : 'primary'}>
                {verb} {what}
              </Button>
            </div>
          </form>
        )}
        {begun && (
          <div className="flex justify-end">
            {bulk.state === 'working' ? (
              <Button onClick={bulk.stop}>Stop after these</Button>
            ) : (
              <Button look="primary" onClick={close}>
                Close
              </Button>
            )}
          </div>
        )}
      </div>
    </Dialog>
  )
}

const marks: Readonly<Record<BulkResult['outcome'], { icon: LucideIcon; tone: string; word: string }>> = {
  done: { icon: CircleCheck, tone: 'text-green', word: 'Done' },
  skipped: { icon: CircleMinus, tone: 'text-muted', word: 'Skipped' },
  failed: { icon: CircleX, tone: 'text-red', word: 'Failed' },
}

/** So many results are drawn; all are counted. */
const DRAWN = 200

function Progress({ kind, bulk }: { readonly kind: BulkKind; readonly bulk: Bulk }) {
  const { state, results, lookedBackTo, error } = bulk
  const count = (outcome: BulkResult['outcome']) => results.filter((one) => one.outcome === outcome).length
  const said = `${count('done')} ${words[kind].done}, ${count('skipped')} skipped, ${count('failed')} failed`
  return (
    <div className="space-y-3">
      <p role="status" className="text-sm font-medium">
        {state === 'working' ? 'At work: ' : state === 'stopped' ? 'Stopped: ' : 'Done: '}
        {said}.
        {lookedBackTo && state !== 'done' && (
          <span className="font-normal text-muted"> Back to {minuteOf(lookedBackTo)}.</span>
        )}
      </p>
      {error && <Problem message={error.message} mend={error.mend} />}
      {state === 'done' && results.length === 0 && (
        <p className="text-sm text-muted">There was none whose status allows it.</p>
      )}
      <ul aria-label="What became of each" className="max-h-72 space-y-1 overflow-auto text-sm">
        {results.slice(-DRAWN).map(({ run, title, repository, outcome, message }) => {
          const { icon: Icon, tone, word } = marks[outcome]
          return (
            <li key={run} className="flex items-start gap-2">
              <Icon aria-hidden className={`mt-0.5 size-4 shrink-0 ${tone}`} />
              <span className="min-w-0">
                <span className="sr-only">{word}: </span>
                <Link href={`/runs/${run}`} className="font-medium hover:underline">
                  {visible(title ?? run)}
                </Link>{' '}
                <span className="text-xs text-faint">
                  {repository && `${visible(repository)} `}
                  <span className="num">{run.slice(-8)}</span>
                </span>
                <span className="text-muted">: {visible(message)}</span>
              </span>
            </li>
          )
        })}
      </ul>
      {results.length > DRAWN && (
        <p className="text-xs text-muted">
          The last {DRAWN} of {results.length}.
        </p>
      )}
    </div>
  )
}
