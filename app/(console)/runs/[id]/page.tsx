import '@/components/runs/print.css'
import { clsx } from 'clsx'
import type { Metadata } from 'next'
import { notFound } from 'next/navigation'
import { href, one, ordinal, type SearchParams } from '@/components/params'
import { RunMenu } from '@/components/runs/actions/run-menu'
import { SendBack } from '@/components/runs/actions/send-back'
import { AgentGraph } from '@/components/runs/graph/agent-graph'
import { Kinship } from '@/components/runs/kinship'
import { LogDock } from '@/components/runs/log/log-dock'
import { OutcomePanel, type RunTab, RunTabs, runTabs, tasksDone } from '@/components/runs/outcome-panel'
import { Plan } from '@/components/runs/plan'
import { PullRequest } from '@/components/runs/pull-request'
import { RunHeader } from '@/components/runs/run-header'
import { ShowSelected } from '@/components/runs/show-selected'
import { Waterfall } from '@/components/runs/waterfall'
import { LiveScope } from '@/components/shell/live'
import { PageBody, TopBar } from '@/components/shell/top-bar'
import { buttonClass } from '@/components/ui/button'
import { Link } from '@/components/ui/link'
import { Section } from '@/components/ui/panel'
import { isEnded } from '@/lib/core/status'
import { visible } from '@/lib/core/visible'
import { orNull } from '@/lib/edge/or-null'
import { requirePage } from '@/lib/edge/page'
import { readLog } from '@/lib/services/runs/log/read'
import { turnCounts } from '@/lib/services/runs/turn-heads'
import type { BeadView, RunView } from '@/lib/services/views'
import { requeueAction } from '../../actions'
import { signalAction } from './actions'
import { forkAction } from './fork-action'
import { Bead } from './parts/bead'
import { runFacts } from './parts/facts'
import { Part } from './parts/part'
import { turnsAround } from './parts/turns'
import { runOf } from './run-of'

interface RunPageProps {
  readonly params: Promise<{ readonly id: string }>
  readonly searchParams: SearchParams
}

export async function generateMetadata({ params }: RunPageProps): Promise<Metadata> {
  const run = await runOf((await params).id)
  return { title: run ? visible(run.title) : 'Run' }
}

export default async function RunPage({ params, searchParams }: RunPageProps) {
  const ctx = await requirePage('read')
  const { id } = await params
  const query = await searchParams
  const run = await runOf(id)
  if (!run) notFound()
  const now = Date.now()
  const bead = selectedBead(run, one(query.bead), one(query.tab))
  const tab = bead ? null : (runTabs.find((name) => name === one(query.tab)) ?? 'outcome')
  const line = ordinal(query.line)
  // Around the line that the address names, else the end.
  const window = { limit: 120, ...(line === null ? {} : { from: Math.max(1, line - 60) }) }
  const [log, counts] = await Promise.all([
    orNull(readLog({ ctx, input: { run: id, ...window } })),
    turnCounts({ ctx, input: { run: id } }),
  ])
  if (!log) notFound()
  const turns = bead
    ? await turnsAround(ctx, {
        bead,
        count: counts.get(bead.id) ?? 0,
        turn: ordinal(query.turn),
        after: ordinal(query.after),
      })
    : null
  const path = `/runs/${id}`
  return (
    <>
      <TopBar crumbs={[{ label: 'Timeline', href: '/timeline' }, { label: run.title }]} />
      <PageBody>
        <RunHeader
          run={run}
          now={now}
          actions={<Actions run={run} maySteer={ctx.grants.includes('trigger')} />}
        />
        <Kinship run={run} now={now} />
        <div className="grid items-start gap-6 lg:grid-cols-[minmax(19rem,24rem)_minmax(0,1fr)] print:block">
          {/* An ended run opens on its outcome, where there is one column, too. */}
          <div
            data-screen-only
            className={clsx('min-w-0 space-y-5', isEnded(run.status) && !bead && 'max-lg:order-last')}
          >
            {run.plan.length > 0 && (
              <Section title="Plan" aside="complexity">
                <Plan tasks={run.plan} taskIndex={tasksDone(run)} evidence={run.evidence} />
              </Section>
            )}
            <Section title="Steps" aside={`${run.flow} flow`}>
              <Waterfall
                beads={run.beads}
                selected={bead?.seq ?? null}
                href={(item) => href(path, { bead: item.seq })}
                turnCounts={counts}
                window={turns}
                now={now}
              />
            </Section>
            <Section title="Who handed to whom">
              <AgentGraph
                flow={run.flowSteps}
                beads={run.beads}
                at={isEnded(run.status) ? null : run.step}
                selected={bead?.step ?? null}
                href={(seq) => href(path, { bead: seq })}
              />
            </Section>
          </div>
          <div className="min-w-0">
            <LiveScope run={id} />
            <ShowSelected selection={one(query.bead) || one(query.tab)} />
            <RunTabs current={tab} href={(name) => href(path, { tab: name })} />
            {bead && turns ? (
              <Bead
                ctx={ctx}
                run={run}
                bead={bead}
                turns={turns}
                showDiff={one(query.show) === 'diff'}
                now={now}
              />
            ) : (
              <OutcomePanel
                run={run}
                tab={tab ?? 'outcome'}
                now={now}
                pullRequest={run.pullRequest && <PullRequest pullRequest={run.pullRequest} now={now} />}
                part={tab && <Part ctx={ctx} run={run} tab={tab} cursor={one(query.cursor)} now={now} />}
              />
            )}
          </div>
        </div>
      </PageBody>
      <LogDock
        key={id}
        runId={id}
        initial={log}
        live={!isEnded(run.status)}
        beads={run.beads.map(({ id: of, step }) => ({ id: of, step }))}
      />
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

function Actions({ run, maySteer }: { readonly run: RunView; readonly maySteer: boolean }) {
  const facts = runFacts(run)
  return (
    <>
      {run.gateId && (
        <Link href={`/gates/${run.gateId}`} className={buttonClass('primary')}>
          Review and decide
        </Link>
      )}
      {maySteer && run.sendsBackTo && <SendBack {...facts} to={run.sendsBackTo} signal={signalAction} />}
      <RunMenu
        {...facts}
        ours={run.source === 'pipeline'}
        dead={run.dead !== null}
        maySteer={maySteer}
        signal={signalAction}
        fork={forkAction}
        requeue={requeueAction}
      />
    </>
  )
}
