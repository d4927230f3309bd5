'use client'

import { Check, X } from 'lucide-react'
import { useRouter } from 'next/navigation'
import { useCallback, useId, useRef, useState, useTransition } from 'react'
import { useShortcuts } from '@/components/shell/use-shortcuts'
import { type ActionError, type ActionResult, settle } from '@/components/ui/action-result'
import { Button } from '@/components/ui/button'
import { Dialog } from '@/components/ui/dialog'
import { inputClass } from '@/components/ui/field'
import { Kbd } from '@/components/ui/kbd'
import { Problem } from '@/components/ui/panel'
import { visible } from '@/lib/core/visible'
import type { GateView } from '@/lib/services/views'
import { useDrafts } from './drafts'

type Choice = 'approve' | 'reject'
const words: Readonly<Record<Choice, string>> = { approve: 'Approve', reject: 'Reject' }

interface DecideInput {
  readonly gate: string
  readonly decision: Choice
  readonly evidence: string
  readonly reason?: string
}
type DecideAction = (input: DecideInput) => Promise<ActionResult<unknown>>

interface DecisionBarProps {
  readonly gateId: string
  readonly evidence: string
  readonly headSha: string
  /** `merge into main`. */
  readonly leadsTo: string
  readonly branch: string | null
  readonly target: string | null
  readonly mayApprove: GateView['mayApprove']
  readonly mayReject: GateView['mayReject']
  readonly sendsBackTo: GateView['sendsBackTo']
  /** How many approvals are missing, this one included. */
  readonly missing: number
  /** What no reviewer has seen of the change, in a sentence. */
  readonly unreviewed: string | null
  readonly decide: DecideAction
}

const noReason: ActionError = {
  code: 'bad_request',
  message: 'A rejection needs a reason.',
  mend: 'Say what is wrong: it is kept with the run and in the audit log.',
}

/** The decision, always in view: one reason, two buttons, two keys, each with a confirmation that names the commit. */
export function DecisionBar(props: DecisionBarProps) {
  const { mayApprove, mayReject, missing } = props
  const reasonId = useId()
  const field = useRef<HTMLInputElement>(null)
  const [asked, setAsked] = useState<Choice | null>(null)
  const [reason, setReason] = useState('')
  const [error, setError] = useState<ActionError | null>(null)
  // A rejection was asked for without a reason; over as soon as something else is done.
  const [lacking, setLacking] = useState(false)
  const problem = lacking ? noReason : error
  const ask = useCallback(
    (choice: Choice) => {
      const lacks = choice === 'reject' && reason.trim() === ''
      const verdict = choice === 'approve' ? mayApprove : mayReject
      setLacking(verdict.may && lacks)
      if (!verdict.may) {
        setError({ code: 'forbidden', message: verdict.sentence, mend: verdict.mend })
        return
      }
      setError(null)
      if (lacks) field.current?.focus()
      else setAsked(choice)
    },
    [reason, mayApprove, mayReject],
  )
  useShortcuts(
    (['approve', 'reject'] as const).flatMap((choice) => {
      const key = choice === 'approve' ? 'a' : 'r'
      const shortcut = {
        label: `${words[choice]}, with a confirmation`,
        group: 'Gates',
        run: () => ask(choice),
      }
      return [key, key.toUpperCase()].map((name) => ({ ...shortcut, keys: [name] }))
    }),
  )
  return (
    <section
      aria-label="Decision"
      className="sticky bottom-(--bottom-bar) z-20 border-t border-line-strong bg-surface px-4 py-3 md:bottom-0 md:px-6"
    >
      {problem && (
        <div className="mx-auto mb-3 max-w-300">
          <Problem message={problem.message} mend={problem.mend} />
        </div>
      )}
      <div className="mx-auto flex max-w-300 flex-wrap items-center gap-2">
        <label htmlFor={reasonId} className="sr-only">
          Reason
        </label>
        <input
          id={reasonId}
          ref={field}
          value={reason}
          maxLength={2_000}
          onChange={(event) => {
            setReason(event.target.value)
            setLacking(false)
          }}
          onBlur={() => setLacking(false)}
          onKeyDown={(event) => event.key === 'Escape' && setLacking(false)}
          placeholder="Reason (needed to reject)"
          className={`${inputClass} h-9! min-w-0 flex-1 basis-full sm:basis-0`}
        />
        <Button look="danger" className="h-auto! min-h-9" onClick={() => ask('reject')}>
          <X aria-hidden className="size-4" />
          Reject
          <span className="hidden sm:inline">
            <Kbd>R</Kbd>
          </span>
        </Button>
        {mayApprove.may ? (
          <Button
            look="primary"
            className="h-auto! min-h-9 min-w-0 flex-1 whitespace-normal! py-1 sm:max-w-96 sm:flex-none"
            onClick={() => ask('approve')}
          >
            <Check aria-hidden className="size-4 shrink-0" />
            <span className="leading-tight text-balance">
              {missing > 1
                ? `Approve, 1 of ${missing} that are missing`
                : `Approve and ${visible(props.leadsTo)}`}
            </span>
            <span className="hidden sm:inline">
              <Kbd>A</Kbd>
            </span>
          </Button>
        ) : (
          <p className="min-w-0 basis-full text-sm text-muted sm:basis-auto">
            {visible(mayApprove.sentence)} {visible(mayApprove.mend)}
          </p>
        )}
      </div>
      <Dialog
        open={asked !== null}
        onClose={() => setAsked(null)}
        title={asked === 'reject' ? 'Reject this change?' : 'Approve this change?'}
      >
        {asked && (
          <Confirm
            {...props}
            choice={asked}
            reason={reason}
            onClose={() => setAsked(null)}
            onError={setError}
          />
        )}
      </Dialog>
    </section>
  )
}

interface ConfirmProps extends DecisionBarProps {
  readonly choice: Choice
  readonly reason: string
  readonly onClose: () => void
  readonly onError: (error: ActionError) => void
}

function Confirm(props: ConfirmProps) {
  const { gateId, evidence, headSha, leadsTo, branch, target, missing } = props
  const { decide, choice, reason, onClose, onError } = props
  const router = useRouter()
  const drafts = useDrafts()
  const [unsent] = useState(() => drafts.count(gateId))
  const [pending, start] = useTransition()
  const confirm = () =>
    start(async () => {
      const said = reason.trim()
      const input = { gate: gateId, decision: choice, evidence, ...(said === '' ? {} : { reason: said }) }
      const result = await settle(() => decide(input))
      onClose()
      if (!result.ok) onError(result.error)
      router.refresh()
    })
  return (
    <div className="space-y-4 px-5 pt-3 pb-5">
      <p>
        {choice === 'approve' ? (
          <>
            You approve commit <strong className="num">{headSha.slice(0, 7)}</strong>
            {branch && (
              <>
                {' '}
                of <span className="code">{visible(branch)}</span>
              </>
            )}
            . {missing > 1 ? `With ${missing - 1} more, by others, ` : ''}DevPilot will {visible(leadsTo)}
            {target && !leadsTo.includes(target) && (
              <>
                {' '}
                on <span className="code">{visible(target)}</span>
              </>
            )}
            .
          </>
        ) : (
          <>
            You reject commit <strong className="num">{headSha.slice(0, 7)}</strong>. The run ends; nothing is
            merged.
            {props.sendsBackTo &&
              ` It can be sent back to its ${props.sendsBackTo}, with your reason and what was said of the change.`}
          </>
        )}
      </p>
      {reason.trim() && <p className="text-sm text-muted">Reason: {visible(reason.trim())}</p>}
      {choice === 'approve' && props.unreviewed && (
        <p className="tone-amber text-sm font-medium">{props.unreviewed}</p>
      )}
      {unsent > 0 && (
        <p className="tone-amber text-sm font-medium">
          {unsent === 1 ? '1 comment that you began is' : `${unsent} comments that you began are`} not sent.
        </p>
      )}
      <div className="flex justify-end gap-2">
        <Button onClick={onClose}>Back</Button>
        <Button
          data-autofocus
          look={choice === 'approve' ? 'primary' : 'danger'}
          onClick={confirm}
          disabled={pending}
        >
          {choice === 'approve' ? `Approve ${headSha.slice(0, 7)}` : `Reject ${headSha.slice(0, 7)}`}
        </Button>
      </div>
    </div>
  )
}
