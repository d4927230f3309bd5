import { DiffView } from '@/components/diff/diff-view'
import { evidenceNotes } from '@/components/evidence/line-notes'
import { commentNotes } from '@/components/gates/comment-notes'
import { href } from '@/components/params'
import { ForkButton } from '@/components/runs/actions/fork'
import { RetryHere } from '@/components/runs/actions/signal'
import { BeadPanel } from '@/components/runs/bead-panel'
import { TurnPanel } from '@/components/runs/turn-panel'
import { buttonClass } from '@/components/ui/button'
import { Link } from '@/components/ui/link'
import { Empty, Section } from '@/components/ui/panel'
import { isEnded } from '@/lib/core/status'
import { orNull } from '@/lib/edge/or-null'
import type { ServiceContext } from '@/lib/services/context'
import { diffAt } from '@/lib/services/runs/diff-at'
import { getTurn } from '@/lib/services/runs/get-turn'
import type { BeadView, RunView } from '@/lib/services/views'
import { signalAction } from '../actions'
import { forkAction } from '../fork-action'
import { runFacts } from './facts'
import type { Turns } from './turns'

interface BeadProps {
  readonly ctx: ServiceContext
  readonly run: RunView
  readonly bead: BeadView
  readonly turns: Turns
  /** The diff as it was when the bead had ended is asked for. */
  readonly showDiff: boolean
  readonly now: number
}

/** What is selected of a bead: a turn of it, its diff, or the bead itself. */
export async function Bead({ ctx, run, bead, turns, showDiff, now }: BeadProps) {
  const path = `/runs/${run.id}`
  const maySteer = ctx.grants.includes('trigger')
  const seq = turns.selected
  const turn =
    seq === null ? null : await orNull(getTurn({ ctx, input: { run: run.id, bead: bead.id, turn: seq } }))
  if (turn) {
    return (
      <TurnPanel
        bead={bead}
        turn={turn}
        working={!isEnded(run.status) && bead.status === 'running' && turn.seq === turns.count}
        count={turns.count}
        beadHref={href(path, { bead: bead.seq })}
        turnHref={turns.href}
        rawHref={`/api/runs/${run.id}/beads/${bead.id}/turns?cursor=${turn.seq - 1}&limit=1`}
        actions={maySteer && <ForkAfter run={run} bead={bead} turn={turn.seq} />}
      />
    )
  }
  return (
    <div className="space-y-5">
      {seq !== null && <Empty title={`This step has no turn ${seq}`} />}
      <BeadPanel
        run={run}
        bead={bead}
        page={turns}
        now={now}
        actions={<BeadActions run={run} bead={bead} diffShown={showDiff} maySteer={maySteer} />}
      />
      {showDiff && <DiffThen ctx={ctx} run={run} bead={bead} now={now} />}
    </div>
  )
}

const nameOf = (bead: BeadView) => `${bead.step} (step ${bead.seq})`

interface BeadActionsProps {
  readonly run: RunView
  readonly bead: BeadView
  readonly diffShown: boolean
  readonly maySteer: boolean
}

/** Fork here, the diff as it was, and retry from here where the run has ended and the step is one of its own. */
function BeadActions({ run, bead, diffShown, maySteer }: BeadActionsProps) {
  const ours = maySteer && run.source === 'pipeline'
  const retries =
    ours &&
    isEnded(run.status) &&
    run.status !== 'succeeded' &&
    (run.flowSteps.includes(bead.step) || run.error?.step === bead.step)
  return (
    <>
      {run.diff && (
        <Link
          href={href(`/runs/${run.id}`, { bead: bead.seq, show: diffShown ? null : 'diff' })}
          scroll={false}
          className={buttonClass('plain')}
        >
          {diffShown ? 'Hide the diff' : 'Diff as it was then'}
        </Link>
      )}
      {ours && bead.forkable && (
        <ForkButton
          label="Fork here"
          bead={bead.seq}
          place={nameOf(bead)}
          run={run.id}
          at={bead.id}
          fork={forkAction}
        />
      )}
      <RetryHere {...runFacts(run)} may={retries} bead={bead.seq} from={bead.step} signal={signalAction} />
    </>
  )
}

interface ForkAfterProps {
  readonly run: RunView
  readonly bead: BeadView
  readonly turn: number
}

function ForkAfter({ run, bead, turn }: ForkAfterProps) {
  if (!bead.forkable || run.source !== 'pipeline') return null
  const place = `${nameOf(bead)}, after turn ${turn}`
  return (
    <ForkButton
      label="Fork after this turn"
      bead={bead.seq}
      place={place}
      run={run.id}
      at={bead.id}
      turn={turn}
      fork={forkAction}
    />
  )
}

type DiffThenProps = Pick<BeadProps, 'ctx' | 'run' | 'bead' | 'now'>

async function DiffThen({ ctx, run, bead, now }: DiffThenProps) {
  const diff = await diffAt({ ctx, input: { run: run.id, bead: bead.id } })
  return (
    <Section title="The change when this had ended">
      {diff === null ? (
        <Empty title="Nothing was changed until then" />
      ) : (
        <DiffView
          diff={diff}
          notes={
            diff === run.diff ? [...evidenceNotes(run.evidence, diff), ...commentNotes(run.comments)] : []
          }
          remember={bead.headSha ?? bead.id}
          now={now}
        />
      )}
    </Section>
  )
}
