import { clsx } from 'clsx'
import type { ReactNode } from 'react'
import { duration, money, plural, tokens } from '@/components/format'
import { StepMark } from '@/components/ui/agent-mark'
import { Sha } from '@/components/ui/copy'
import { Link } from '@/components/ui/link'
import { Section } from '@/components/ui/panel'
import { BeadStatusChip } from '@/components/ui/status'
import { Elapsed } from '@/components/ui/time-ago'
import { visible } from '@/lib/core/visible'
import type { BeadView, RunView } from '@/lib/services/views'
import type { TurnHead } from '@/lib/services/views/turns'
import { FactsView } from './facts-view'
import { outcomeSentence } from './outcome-words'
import { Plan } from './plan'
import { ReviewView } from './review-view'

/** The turns of a bead that are at hand, and the ways to others. */
export interface TurnPage {
  readonly turns: readonly TurnHead[]
  /** How many there are in all. */
  readonly count: number
  readonly href: (seq: number) => string
  readonly earlier: string | null
  readonly later: string | null
}

interface BeadPanelProps {
  readonly run: RunView
  readonly bead: BeadView
  readonly page: TurnPage
  readonly now: number
  /** What can be done from here: fork, retry, the diff as it was. */
  readonly actions: ReactNode
}

/** One bead: how it ended, what it found, and its turns. */
export function BeadPanel(props: BeadPanelProps) {
  const { run, bead, page, now, actions } = props
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
            <BeadStatusChip status={bead.status} category={bead.category} />
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
      {bead.outcome?.kind === 'planned' && (
        <Plan tasks={bead.outcome.tasks} taskIndex={run.taskIndex} evidence={run.evidence} open />
      )}
      {review && <ReviewView review={review.review} source={review.source} headSha={review.headSha} />}
      <FactsView facts={plainFacts(bead.summary)} />
      {page.count > 0 && (
        <Section title={`Turns (${page.count.toLocaleString('en')})`}>
          <Turns {...page} />
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

function Turns({ turns, href, earlier, later }: TurnPage) {
  return (
    <>
      {earlier && <OtherTurns href={earlier}>Earlier turns</OtherTurns>}
      <ol className="divide-y overflow-clip rounded-lg border bg-surface">
        {turns.map((turn) => (
          <li key={turn.id}>
            <Link
              href={href(turn.seq)}
              scroll={false}
              className="flex items-center gap-2 px-3 py-2 text-sm hover:bg-raised"
            >
              <span className="num min-w-6 shrink-0 text-muted">{turn.seq}</span>
              <span className="min-w-0 flex-1 truncate">
                {visible(turn.said || plural(turn.tools.length, 'tool call'))}
              </span>
              <span
                className={clsx(
                  'code hidden max-w-60 shrink-0 truncate sm:block',
                  turn.refused ? 'text-red' : 'text-faint',
                )}
              >
                {visible(turn.tools.join(' '))}
                {turn.refused && ' refused'}
              </span>
              <span className="num w-14 shrink-0 text-right text-xs text-muted">
                {duration(Date.parse(turn.endedAt) - Date.parse(turn.startedAt))}
              </span>
              <TurnCost turn={turn} />
            </Link>
          </li>
        ))}
      </ol>
      {later && <OtherTurns href={later}>Later turns</OtherTurns>}
    </>
  )
}

function TurnCost({ turn }: { readonly turn: TurnHead }) {
  if (turn.inheritedMicros === null)
    return <span className="num w-16 shrink-0 text-right text-xs text-faint">{money(turn.costMicros)}</span>
  return (
    <span
      className="w-16 shrink-0 text-right text-xs text-faint"
      title={`${money(turn.inheritedMicros)}, paid by the run that it comes from`}
    >
      inherited
    </span>
  )
}

function OtherTurns({ href, children }: { readonly href: string; readonly children: string }) {
  return (
    <Link href={href} scroll={false} className="my-2 inline-block text-sm text-accent hover:underline">
      {children}
    </Link>
  )
}
