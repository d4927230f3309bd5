import type { Metadata } from 'next'
import { notFound } from 'next/navigation'
import { AgentBeads } from '@/components/agents/agent-beads'
import { AgentSheetView } from '@/components/agents/agent-sheet'
import { completed } from '@/components/agents/agent-table'
import { duration, money } from '@/components/format'
import { href, oneId, type SearchParams } from '@/components/params'
import { PageBody, TopBar } from '@/components/shell/top-bar'
import { StepMark } from '@/components/ui/agent-mark'
import { Link } from '@/components/ui/link'
import { Fact, Problem, Section } from '@/components/ui/panel'
import { RepositoryChoice } from '@/components/workflows/repository-choice'
import { agentNames } from '@/lib/core/flow'
import { orProblem } from '@/lib/edge/or-problem'
import { requirePage } from '@/lib/edge/page'
import { readAgents } from '@/lib/runtime/agents'
import { recentBaseOpener } from '@/lib/runtime/base'
import { agentBeads, agentFigures } from '@/lib/services/agents/figures'
import { listAgents } from '@/lib/services/agents/list'
import { listRepositories } from '@/lib/services/repositories/list'

export const metadata: Metadata = { title: 'Agent' }

interface AgentPageProps {
  readonly params: Promise<{ readonly agent: string }>
  readonly searchParams: SearchParams
}

export default async function AgentPage({ params, searchParams }: AgentPageProps) {
  const ctx = await requirePage('read')
  const { agent: text } = await params
  const agent = agentNames.find((name) => name === text)
  if (!agent) notFound()
  const repository = oneId((await searchParams).repository)
  const open = recentBaseOpener(ctx.home)
  const [{ items: repositories }, figures, beads, sheets] = await Promise.all([
    listRepositories({ ctx, input: { limit: 200 } }),
    agentFigures({ ctx }),
    agentBeads({ ctx, input: { agent } }),
    orProblem(listAgents({ ctx, input: repository ? { repository } : {}, open, read: readAgents })),
  ])
  const its = figures.find((one) => one.agent === agent)
  const sheet = 'value' in sheets ? sheets.value.find((one) => one.agent === agent) : undefined
  return (
    <>
      <TopBar crumbs={[{ label: 'Agents', href: '/agents' }, { label: agent }]} />
      <PageBody>
        <div className="mb-5 flex flex-wrap items-start justify-between gap-3">
          <div>
            <h1 className="flex items-center gap-2.5 text-lg font-semibold">
              <StepMark step={agent} />
              {agent}
            </h1>
            {sheet && <p className="text-sm text-muted">{sheet.about}</p>}
          </div>
          <RepositoryChoice
            path={`/agents/${agent}`}
            current={repository}
            repositories={repositories}
            none="none: as DevPilot brings it"
          />
        </div>
        <div className="space-y-7">
          {its && (
            <dl className="grid grid-cols-2 gap-x-6 gap-y-4 rounded-lg border bg-surface px-4 py-3 md:grid-cols-5">
              <Fact label="Last steps">
                <a href="#beads" className="num hover:underline">
                  {its.beads}
                </a>
              </Fact>
              <Fact label="Completed">
                <RunsOf agent={agent}>{completed(its)}</RunsOf>
              </Fact>
              <Fact label="Median time">
                <RunsOf agent={agent} column="duration">
                  {its.medianSeconds === null ? '–' : duration(its.medianSeconds * 1_000)}
                </RunsOf>
              </Fact>
              <Fact label="Median cost">
                <RunsOf agent={agent} column="cost">
                  {its.medianMicros === null ? '–' : money(its.medianMicros)}
                </RunsOf>
              </Fact>
              <Fact label="Confidence, on average">
                <RunsOf agent={agent} column="score">
                  {its.confidence === null ? '–' : its.confidence.toFixed(2)}
                </RunsOf>
              </Fact>
            </dl>
          )}
          {'problem' in sheets && <Problem message={sheets.problem.message} mend={sheets.problem.mend} />}
          {sheet && <AgentSheetView sheet={sheet} />}
          <Section title="Last steps" id="beads">
            <AgentBeads beads={beads} now={Date.now()} />
          </Section>
        </div>
      </PageBody>
    </>
  )
}

interface RunsOfProps {
  readonly agent: string
  /** What the figure is about. */
  readonly column?: 'duration' | 'cost' | 'score'
  readonly children: string
}

/** A figure that leads to the runs that the agent took part in. */
function RunsOf({ agent, column, children }: RunsOfProps) {
  const columns = column === undefined ? null : ['status', 'title', 'repository', column, 'created'].join('.')
  return (
    <Link href={href('/timeline', { agent, columns })} className="num hover:underline">
      {children}
    </Link>
  )
}
