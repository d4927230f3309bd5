import type { Metadata } from 'next'
import { AgentTable } from '@/components/agents/agent-table'
import { oneId, type SearchParams } from '@/components/params'
import { MainPage } from '@/components/shell/top-bar'
import { Problem } from '@/components/ui/panel'
import { RepositoryChoice } from '@/components/workflows/repository-choice'
import { orProblem } from '@/lib/edge/or-problem'
import { requirePage } from '@/lib/edge/page'
import { readAgents } from '@/lib/runtime/agents'
import { recentBaseOpener } from '@/lib/runtime/base'
import { agentFigures } from '@/lib/services/agents/figures'
import { listAgents } from '@/lib/services/agents/list'
import { listRepositories } from '@/lib/services/repositories/list'

export const metadata: Metadata = { title: 'Agents' }

export default async function AgentsPage({ searchParams }: { readonly searchParams: SearchParams }) {
  const ctx = await requirePage('read')
  const repository = oneId((await searchParams).repository)
  const open = recentBaseOpener(ctx.home)
  const [{ items: repositories }, figures, sheets] = await Promise.all([
    listRepositories({ ctx, input: { limit: 200 } }),
    agentFigures({ ctx }),
    orProblem(listAgents({ ctx, input: repository ? { repository } : {}, open, read: readAgents })),
  ])
  return (
    <MainPage title="Agents">
      <div className="mb-5">
        <RepositoryChoice
          path="/agents"
          current={repository}
          repositories={repositories}
          none="none: as DevPilot brings them"
        />
      </div>
      {'problem' in sheets ? (
        <Problem message={sheets.problem.message} mend={sheets.problem.mend} />
      ) : (
        <AgentTable sheets={sheets.value} figures={figures} repository={repository} />
      )}
    </MainPage>
  )
}
