import type { Metadata } from 'next'
import { Figures } from '@/components/home/figures'
import { FirstRun } from '@/components/home/first-run'
import { FirstSteps } from '@/components/home/first-steps'
import { NeedsMe } from '@/components/home/needs-me'
import { RunningNow } from '@/components/home/running-now'
import { href } from '@/components/params'
import { PutAllBack } from '@/components/runs/requeue'
import { RunTable } from '@/components/runs/run-table'
import { PageBody, TopBar } from '@/components/shell/top-bar'
import { Link } from '@/components/ui/link'
import { Section } from '@/components/ui/panel'
import type { RunStatus } from '@/lib/core/status'
import { requirePage } from '@/lib/edge/page'
import { countGates } from '@/lib/services/gates/count'
import { listGates } from '@/lib/services/gates/list'
import { listRuns } from '@/lib/services/runs/list'
import { unstartedRepositories } from '@/lib/services/runs/unstarted'
import { getStats } from '@/lib/services/stats/get'
import { mergeTimes } from '@/lib/services/stats/merge-time'
import { requeueAction } from './actions'

export const metadata: Metadata = { title: { absolute: 'DevPilot' } }

const GATES = 5
const working: RunStatus[] = ['running', 'queued', 'waiting_external']

export default async function HomePage() {
  const ctx = await requirePage('read')
  const [stats, times, waiting, gates, running, paused, failed, recent, unstarted] = await Promise.all([
    getStats({ ctx }),
    mergeTimes({ ctx, days: 14 }),
    countGates({ ctx }),
    listGates({ ctx, input: { whose: 'mine', order: 'oldest', limit: GATES } }),
    listRuns({ ctx, input: { status: working, limit: 8 } }),
    listRuns({ ctx, input: { status: ['paused_budget'], limit: 5 } }),
    listRuns({ ctx, input: { status: ['failed'], since: '24h', limit: 5 } }),
    listRuns({ ctx, input: { limit: 10 } }),
    unstartedRepositories({ ctx }),
  ])
  const now = Date.now()
  const maySteer = ctx.grants.includes('trigger')
  const count = (status: RunStatus): number => stats.byStatus[status] ?? 0
  const isNew = recent.items.length === 0
  return (
    <>
      <TopBar crumbs={[{ label: 'Home' }]} />
      <div className="glow flex-1">
        <PageBody>
          {isNew ? (
            <div className="space-y-6">
              <div>
                <h1 className="text-xl font-semibold tracking-tight">Three steps to a merged change</h1>
                <p className="mt-1 text-muted">Nothing has run here yet.</p>
              </div>
              <FirstSteps repository={unstarted[0] ?? null} maySteer={maySteer} />
            </div>
          ) : (
            <div className="space-y-7">
              <NeedsMe
                gates={gates.items}
                waiting={waiting}
                paused={Math.max(count('paused_budget'), paused.items.length)}
                dead={stats.dead}
                failed={{ count: failed.items.length, more: failed.next !== null }}
                now={now}
              />
              <PutAllBack count={stats.dead} requeue={maySteer ? requeueAction : null} />
              {paused.items.length > 0 && (
                <Section
                  title="Have spent their budget"
                  aside={
                    <More
                      shown={paused.items.length}
                      all={count('paused_budget')}
                      href="/timeline?status=paused_budget"
                    />
                  }
                >
                  <RunTable runs={paused.items} now={now} label="Have spent their budget" />
                </Section>
              )}
              {failed.items.length > 0 && (
                <Section
                  title="Failed today"
                  aside={
                    <Link href="/timeline?status=failed&since=24h" className="text-accent hover:underline">
                      All that failed
                    </Link>
                  }
                >
                  <RunTable runs={failed.items} now={now} label="Failed today" />
                </Section>
              )}
              {running.items.length > 0 && (
                <Section
                  title="Running now"
                  aside={
                    <More
                      shown={running.items.length}
                      all={working.reduce((sum, status) => sum + count(status), 0)}
                      href={href('/timeline', { status: working.join(',') })}
                    />
                  }
                >
                  <RunningNow runs={running.items} now={now} />
                </Section>
              )}
              <FirstRun repositories={unstarted} />
              <Section title="The last two weeks">
                <Figures stats={stats} times={times} />
              </Section>
              <Section
                title="Recent"
                aside={
                  <Link href="/timeline" className="text-accent hover:underline">
                    All runs
                  </Link>
                }
              >
                <RunTable runs={recent.items} now={now} />
              </Section>
            </div>
          )}
        </PageBody>
      </div>
    </>
  )
}

interface MoreProps {
  readonly shown: number
  readonly all: number
  readonly href: string
}

/** The way to all of them, where not all are shown. */
function More({ shown, all, href: to }: MoreProps) {
  if (all <= shown) return null
  return (
    <Link href={to} className="text-accent hover:underline">
      All {all}
    </Link>
  )
}
