import { clsx } from 'clsx'
import { ChevronRight } from 'lucide-react'
import Link from 'next/link'
import type { ReactNode } from 'react'
import { duration, money, plural, tokens } from '@/components/format'
import { StepMark } from '@/components/ui/agent-mark'
import { Sha } from '@/components/ui/copy'
import { Section } from '@/components/ui/panel'
import { BeadStatusChip } from '@/components/ui/status'
import { Elapsed } from '@/components/ui/time-ago'
import { visible } from '@/lib/core/visible'
import type { BeadView, RunView, TurnView as Turn } from '@/lib/services/views'
import { FactsView } from './facts-view'
import { outcomeSentence } from './outcome-words'
import { Plan } from './plan'
import { ReviewView } from './review-view'
import { TurnView } from './turn-view'

interface BeadPanelProps {
  readonly run: RunView
  readonly bead: BeadView
  readonly turns: readonly Turn[]
  /** `seq` of the turn that is open. */
  readonly openTurn: number | null
  readonly turnHref: (seq: number | null) => string
  /** The page of turns after these, if there is one. */
  readonly moreHref: string | null
  readonly now: number
  /** What can be done from here: fork, retry. */
  readonly actions: ReactNode
  /** What can be done after a turn. */
  readonly turnActions: (turn: Turn) => ReactNode
}

/** One bead: how it ended, what it found, and its turns. */
export function BeadPanel(props: BeadPanelProps) {
  const { run, bead, turns, openTurn, turnHref, moreHref, now, actions, turnActions } = props
  const review = run.reviews.find((item) => item.beadId === bead.id)
  const sentence = beadSentence(bead)
  return (
    <div className="space-y-5">
      <div className="rounded-lg border bg-surface px-4 py-3">
        <div className="flex flex-wrap items-center gap-2">
          <StepMark step={bead.step} />
          <h2 className="text-md font-semibold">{visible(bead.name)}</h2>
          <span className="text-sm text-muted">
            attempt {bead.attempt}
            {bead.taskId && ` for ${visible(bead.taskId)}`}
          </span>
          <span className="ml-auto">
            <BeadStatusChip status={bead.status} />
          </span>
        </div>
        {sentence && <p className="mt-2 max-w-prose whitespace-pre-wrap">{visible(sentence)}</p>}
        <p className="mt-2 flex flex-wrap gap-x-4 gap-y-1 text-xs text-muted">
          {bead.startedAt && <Elapsed from={bead.startedAt} to={bead.endedAt} now={now} />}
          {bead.model && <span>{visible(bead.model)}</span>}
          {bead.costMicros > 0 && <span className="num">{money(bead.costMicros)}</span>}
          {bead.inherited && <InheritedFact {...bead.inherited} />}
          {bead.inputTokens > 0 && (
            <span>
              {tokens(bead.inputTokens)} in, {tokens(bead.outputTokens)} out
            </span>
          )}
          {bead.baseSha && bead.headSha && (
            <span>
              <Sha value={bead.baseSha} /> → <Sha value={bead.headSha} />
            </span>
          )}
        </p>
        {actions && <div className="mt-3 flex flex-wrap gap-2">{actions}</div>}
      </div>
      {bead.outcome?.kind === 'planned' && <Plan tasks={bead.outcome.tasks} taskIndex={run.taskIndex} open />}
      {review && <ReviewView review={review.review} source={review.source} headSha={review.headSha} />}
      <FactsView facts={plainFacts(bead.summary)} />
      {turns.length > 0 && (
        <Section title={`Turns (${turns.length})`}>
          <Turns turns={turns} openTurn={openTurn} turnHref={turnHref} turnActions={turnActions} />
          {moreHref && (
            <Link
              href={moreHref}
              scroll={false}
              className="mt-2 inline-block text-sm text-accent hover:underline"
            >
              Later turns
            </Link>
          )}
        </Section>
      )}
    </div>
  )
}

/** What was paid by the run that the bead comes from. */
function InheritedFact({ run, costMicros }: NonNullable<BeadView['inherited']>) {
  return (
    <span>
      taken over from{' '}
      <Link href={`/runs/${run}`} className="text-accent hover:underline">
        another run
      </Link>
      {costMicros > 0 && (
        <>
          , which paid <span className="num">{money(costMicros)}</span>
        </>
      )}
    </span>
  )
}

/** What it says it did where that is all there is to say, else how it ended. */
function beadSentence(bead: BeadView): string {
  const { outcome, summary } = bead
  const told = typeof summary.summary === 'string' ? summary.summary : ''
  if (!outcome) return told
  const ended = outcomeSentence(outcome)
  if (outcome.kind === 'done' && told) return told
  return told && told !== ended ? `${ended}\n${told}` : ended
}

/** Plan and review are drawn as such; what is left is shown as facts. */
function plainFacts(summary: BeadView['summary']): Record<string, unknown> {
  const drawn = new Set(['plan', 'tasks', 'review', 'comments', 'summary'])
  return Object.fromEntries(Object.entries(summary).filter(([name]) => !drawn.has(name)))
}

type TurnsProps = Pick<BeadPanelProps, 'turns' | 'openTurn' | 'turnHref' | 'turnActions'>

function Turns({ turns, openTurn, turnHref, turnActions }: TurnsProps) {
  return (
    <ol className="divide-y overflow-clip rounded-lg border bg-surface">
      {turns.map((turn) => {
        const open = turn.seq === openTurn
        const names = turn.toolCalls.map((call) => call.name)
        const paid = turn.inheritedMicros === null
        return (
          <li key={turn.id} id={`turn-${turn.seq}`} className="scroll-mt-16">
            <Link
              href={turnHref(open ? null : turn.seq)}
              scroll={false}
              aria-expanded={open}
              className="flex items-center gap-2 px-3 py-2 text-sm hover:bg-raised"
            >
              <ChevronRight aria-hidden className={clsx('size-4 shrink-0 text-faint', open && 'rotate-90')} />
              <span className="num w-6 shrink-0 text-muted">{turn.seq}</span>
              <span className="min-w-0 truncate">
                {visible(turn.content?.split('\n')[0] || plural(names.length, 'tool call'))}
              </span>
              <span className="code ml-auto hidden max-w-60 shrink-0 truncate text-faint sm:block">
                {visible(names.join(' '))}
              </span>
              <span className="num shrink-0 text-xs text-muted">
                {duration(Date.parse(turn.endedAt) - Date.parse(turn.startedAt))}
              </span>
              <span className={clsx('w-16 shrink-0 text-right text-xs text-faint', paid && 'num')}>
                {paid ? (
                  money(turn.costMicros)
                ) : (
                  <span title={`${money(turn.inheritedMicros ?? 0)}, paid by the run that it comes from`}>
                    inherited
                  </span>
                )}
              </span>
            </Link>
            {open && <TurnView turn={turn} actions={turnActions(turn)} />}
          </li>
        )
      })}
    </ol>
  )
}
