import type { Metadata } from 'next'
import Link from 'next/link'
import { notFound } from 'next/navigation'
import { href, isId, one, ordinal, type SearchParams } from '@/components/params'
import { BeadPanel } from '@/components/runs/bead-panel'
import { ForkButton } from '@/components/runs/fork-button'
import { Kinship } from '@/components/runs/kinship'
import { LogDock } from '@/components/runs/log-dock'
import { OutcomePanel, type RunTab, RunTabs, runTabs } from '@/components/runs/outcome-panel'
import { Plan } from '@/components/runs/plan'
import { PullRequest } from '@/components/runs/pull-request'
import { ReplayView } from '@/components/runs/replay-view'
import { RetryHere, RunActions } from '@/components/runs/run-actions'
import { RunHeader } from '@/components/runs/run-header'
import { ShowSelected } from '@/components/runs/show-selected'
import { Waterfall } from '@/components/runs/waterfall'
import { PageBody, TopBar } from '@/components/shell/top-bar'
import { buttonClass } from '@/components/ui/button'
import { Command } from '@/components/ui/copy'
import { Empty, Problem, Section } from '@/components/ui/panel'
import { MICROS_PER_DOLLAR } from '@/lib/core/budget'
import { isEnded } from '@/lib/core/status'
import { orNull } from '@/lib/edge/or-null'
import { orProblem } from '@/lib/edge/or-problem'
import { requirePage } from '@/lib/edge/page'
import { replayer } from '@/lib/runtime/replay'
import type { ServiceContext } from '@/lib/services/context'
import { getRun } from '@/lib/services/runs/get'
import { lastEvents } from '@/lib/services/runs/last-events'
import { replayRun } from '@/lib/services/runs/replay'
import { listTurns } from '@/lib/services/runs/turns'
import type { BeadView, RunView, TurnView } from '@/lib/services/views'
import { signalAction } from './actions'
import { forkAction } from './fork-action'

interface RunPageProps {
  readonly params: Promise<{ readonly id: string }>
  readonly searchParams: SearchParams
}

export const metadata: Metadata = { title: 'Run' }

const turnsShown = 100

export default async function RunPage({ params, searchParams }: RunPageProps) {
  const ctx = await requirePage('read')
  const { id } = await params
  const query = await searchParams
  const run = isId(id) ? await orNull(getRun({ ctx, input: { run: id } })) : null
  if (!run) notFound()
  const now = Date.now()
  const bead = selectedBead(run, one(query.bead), one(query.tab))
  const tab = bead ? null : (runTabs.find((name) => name === one(query.tab)) ?? 'outcome')
  const events = await lastEvents({ ctx, input: { run: id } })
  const path = `/runs/${id}`
  return (
    <>
      <TopBar crumbs={[{ label: 'Timeline', href: '/timeline' }, { label: run.title }]} />
      <PageBody>
        <RunHeader run={run} now={now} actions={<Actions run={run} />} />
        <Kinship run={run} now={now} />
        <div className="grid items-start gap-6 lg:grid-cols-[minmax(19rem,24rem)_minmax(0,1fr)]">
          <div className="min-w-0 space-y-5">
            {run.plan.length > 0 && (
              <Section title="Plan">
                <Plan
                  tasks={run.plan}
                  taskIndex={run.status === 'succeeded' ? run.plan.length : run.taskIndex}
                />
              </Section>
            )}
            <Section title="Steps" aside={`${run.flow} flow`}>
              <Waterfall
                beads={run.beads}
                selected={bead?.seq ?? null}
                href={(item) => href(path, { bead: item.seq })}
                now={now}
              />
            </Section>
          </div>
          <div className="min-w-0">
            <ShowSelected selection={one(query.bead) || one(query.tab)} />
            <RunTabs current={tab} href={(name) => href(path, { tab: name })} />
            {bead ? (
              <Bead
                ctx={ctx}
                run={run}
                bead={bead}
                turn={ordinal(query.turn)}
                after={ordinal(query.after)}
                now={now}
              />
            ) : (
              <OutcomePanel
                run={run}
                tab={tab ?? 'outcome'}
                pullRequest={run.pullRequest && <PullRequest pullRequest={run.pullRequest} now={now} />}
                replay={tab === 'replay' && <Replay ctx={ctx} run={run} />}
              />
            )}
          </div>
        </div>
      </PageBody>
      <LogDock key={id} runId={id} initial={events} live={!isEnded(run.status)} />
    </>
  )
}

/** The bead of the URL; without one, an unfinished run opens on the bead it stands at, a failed one on what failed. */
function selectedBead(run: RunView, seq: string, tab: RunTab | string): BeadView | null {
  const chosen = run.beads.find((bead) => String(bead.seq) === seq)
  if (chosen || tab !== '') return chosen ?? null
  if (run.status === 'failed') return run.beads.findLast((bead) => bead.status === 'failed') ?? null
  if (isEnded(run.status)) return null
  return run.beads.findLast((bead) => bead.status === 'running') ?? run.beads.at(-1) ?? null
}

function Actions({ run }: { readonly run: RunView }) {
  return (
    <>
      {run.gateId && (
        <Link href={`/gates/${run.gateId}`} className={buttonClass('primary')}>
          Review and decide
        </Link>
      )}
      {run.source === 'pipeline' && (
        <Link href={`/runs/${run.id}?tab=replay`} className={buttonClass('plain')}>
          Replay
        </Link>
      )}
      <Link href={`/runs/${run.id}/compare`} className={buttonClass('plain')}>
        Compare
      </Link>
      {run.source === 'pipeline' && (
        <RunActions
          runId={run.id}
          status={run.status}
          step={run.step}
          steps={[...new Set(run.flowSteps)]}
          budgetDollars={run.budgetMicros / MICROS_PER_DOLLAR}
          signal={signalAction}
        />
      )}
    </>
  )
}

interface BeadProps {
  readonly ctx: ServiceContext
  readonly run: RunView
  readonly bead: BeadView
  readonly turn: number | null
  /** `seq` of the last turn of the page before. */
  readonly after: number | null
  readonly now: number
}

async function Bead({ ctx, run, bead, turn, after, now }: BeadProps) {
  const input = { run: run.id, bead: bead.id, limit: turnsShown, cursor: after ?? 0 }
  const turns = await listTurns({ ctx, input })
  const path = `/runs/${run.id}`
  return (
    <BeadPanel
      run={run}
      bead={bead}
      turns={turns.items}
      openTurn={turn}
      turnHref={(seq) => href(path, { bead: bead.seq, turn: seq, after })}
      moreHref={turns.next ? href(path, { bead: bead.seq, after: turns.next }) : null}
      now={now}
      actions={run.source === 'pipeline' && <BeadActions run={run} bead={bead} />}
      turnActions={(one) => <ForkAfter run={run} bead={bead} turn={one} />}
    />
  )
}

const nameOf = (bead: BeadView) => `${bead.step} (bead ${bead.seq})`

/** Fork here, and retry from here where the run has ended and the step is one of its own. */
function BeadActions({ run, bead }: { readonly run: RunView; readonly bead: BeadView }) {
  const retries =
    isEnded(run.status) &&
    run.status !== 'succeeded' &&
    (run.flowSteps.includes(bead.step) || run.error?.step === bead.step)
  return (
    <>
      {bead.forkable && (
        <ForkButton label="Fork here" place={nameOf(bead)} run={run.id} at={bead.id} fork={forkAction} />
      )}
      {retries && (
        <RetryHere
          runId={run.id}
          status={run.status}
          step={run.step}
          from={bead.step}
          signal={signalAction}
        />
      )}
    </>
  )
}

interface ForkAfterProps {
  readonly run: RunView
  readonly bead: BeadView
  readonly turn: TurnView
}

function ForkAfter({ run, bead, turn }: ForkAfterProps) {
  if (!bead.forkable) return null
  const place = `${nameOf(bead)}, after turn ${turn.seq}`
  return (
    <ForkButton
      label="Fork after this turn"
      place={place}
      run={run.id}
      at={bead.id}
      turn={turn.seq}
      fork={forkAction}
    />
  )
}

async function Replay({ ctx, run }: { readonly ctx: ServiceContext; readonly run: RunView }) {
  if (run.source !== 'pipeline')
    return <Empty title="This run was only reported here; there is nothing to replay" />
  const asked = await orProblem(replayRun({ ctx, input: { run: run.id }, replayer: replayer(ctx.home) }))
  if ('problem' in asked) return <Problem {...asked.problem} />
  return (
    <>
      <ReplayView report={asked.value} href={(bead, turn) => href(`/runs/${run.id}`, { bead, turn })} />
      <p className="mt-4 flex flex-wrap items-center gap-2 text-sm text-muted">
        With another prompt or configuration, or with its tools:{' '}
        <Command text={`devpilot runs replay ${run.id.slice(-8)} --tools`} />
      </p>
    </>
  )
}
