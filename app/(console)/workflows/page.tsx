import type { Metadata } from 'next'
import { href, one, oneId, type SearchParams } from '@/components/params'
import { MainPage } from '@/components/shell/top-bar'
import { FlowSteps } from '@/components/start/flow-steps'
import { buttonClass } from '@/components/ui/button'
import { Link } from '@/components/ui/link'
import { Problem, Section } from '@/components/ui/panel'
import { FlowList } from '@/components/workflows/flow-list'
import { FlowPicture } from '@/components/workflows/flow-picture'
import { FlowTable } from '@/components/workflows/flow-table'
import { triggersText } from '@/components/workflows/links'
import { RepositoryChoice } from '@/components/workflows/repository-choice'
import { flowGraph } from '@/lib/core/flow-graph'
import { flowsOfPages } from '@/lib/core/flow-list'
import { visible } from '@/lib/core/visible'
import { orProblem } from '@/lib/edge/or-problem'
import { requirePage } from '@/lib/edge/page'
import { recentBaseOpener } from '@/lib/runtime/base'
import { configOrProblem } from '@/lib/runtime/parse-config'
import { flowFigures } from '@/lib/services/flows/figures'
import { listFlows } from '@/lib/services/flows/list'
import { listRepositories } from '@/lib/services/repositories/list'

export const metadata: Metadata = { title: 'Workflows' }

export default async function WorkflowsPage({ searchParams }: { readonly searchParams: SearchParams }) {
  const ctx = await requirePage('read')
  const query = await searchParams
  const repository = oneId(query.repository)
  const open = recentBaseOpener(ctx.home)
  const [{ items: repositories }, asked] = await Promise.all([
    listRepositories({ ctx, input: { limit: 200 } }),
    orProblem(listFlows({ ctx, input: repository ? { repository } : {}, open, parse: configOrProblem })),
  ])
  const usual =
    'problem' in asked ? await listFlows({ ctx, input: {}, open, parse: configOrProblem }) : asked.value
  const flow = usual.flows.find(({ name }) => name === one(query.flow)) ?? usual.flows[0]
  if (!flow) return null
  const graph = flowGraph(flow.steps, usual.limits)
  const figures = await flowFigures({
    ctx,
    input: { flow: flow.name, steps: [...flow.steps], ...(repository ? { repository } : {}) },
  })
  const problem = 'problem' in asked ? asked.problem : null
  const mayStart = ctx.grants.includes('trigger')
  return (
    <MainPage title="Workflows">
      <div className="mb-5 flex flex-wrap items-center justify-between gap-3">
        <RepositoryChoice
          path="/workflows"
          current={repository}
          repositories={repositories}
          none="none: the built-in flows"
        />
        {repository && mayStart && (
          <Link
            href={href(`/repositories/${repository}/config`, { part: 'flows' })}
            className={buttonClass('plain')}
          >
            Edit its flows
          </Link>
        )}
      </div>
      {problem && <Problem message={problem.message} mend={problem.mend} />}
      {usual.problem && (
        <Problem
          message={`Its own configuration does not count: ${usual.problem}`}
          mend="Mend devpilot.yaml; until then no run can begin, and the built-in flows are shown."
        />
      )}
      <div className="grid gap-6 lg:grid-cols-[13rem_minmax(0,1fr)]">
        <FlowList flows={usual.flows} current={flow.name} repository={repository} />
        <div className="min-w-0 space-y-6">
          <div className="flex flex-wrap items-start justify-between gap-3">
            <div className="min-w-0 flex-1 basis-80">
              <h2 className="text-lg font-semibold">{visible(flow.name.replaceAll('_', ' '))}</h2>
              <p className="mb-2 text-sm text-muted">
                {flow.about} Started by: {triggersText(flow)}.
              </p>
              <FlowSteps steps={flow.steps} />
            </div>
            {mayStart && !flowsOfPages.includes(flow.name) && (
              <Link
                href={href('/runs/new', { repository, flow: flow.name })}
                className={buttonClass('primary')}
              >
                Start a run with it
              </Link>
            )}
          </div>
          {flow.problem ? (
            <Problem message={flow.problem} mend="Correct pipeline.flows in devpilot.yaml." />
          ) : (
            <>
              <FlowPicture name={flow.name} graph={graph} figures={figures.steps} />
              <Section
                title="Step by step"
                aside={
                  figures.runs > 0
                    ? `${figures.succeeded} of the last ${figures.runs} runs succeeded`
                    : undefined
                }
              >
                <FlowTable
                  flow={flow.name}
                  repository={repository}
                  graph={graph}
                  figures={figures.steps}
                  runs={figures.runs}
                />
              </Section>
            </>
          )}
        </div>
      </div>
    </MainPage>
  )
}
