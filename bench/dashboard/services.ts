import type { Database } from '@/lib/db/client'
import { getAnalytics } from '@/lib/services/analytics/get'
import { listAudit } from '@/lib/services/audit/list'
import { listBeads } from '@/lib/services/beads/list'
import type { ServiceContext } from '@/lib/services/context'
import { getGate } from '@/lib/services/gates/get'
import { listGates } from '@/lib/services/gates/list'
import { listLearnings } from '@/lib/services/learnings/list'
import { listRepositories } from '@/lib/services/repositories/list'
import { getRun } from '@/lib/services/runs/get'
import { listRuns } from '@/lib/services/runs/list'
import { getStats } from '@/lib/services/stats/get'
import { contextOf } from '@/tests/support/services'
import type { Filled } from './fill'
import { type Spread, spread } from './stats'

/** How often a reader asks: once for everything on a visit of home, timeline, a run, a gate, analytics and audit. */
export interface Question {
  readonly name: string
  ask(): Promise<unknown>
}

export function questionsOf(database: Database, filled: Filled): Question[] {
  const ctx: ServiceContext = contextOf({ database, home: '/tmp' })
  const [run = '', gate = ''] = [filled.runs[0], filled.gates[0]]
  const { largest, smallest } = filled.repositories
  return [
    // The layout of every page asks it.
    { name: 'getStats', ask: () => getStats({ ctx }) },
    { name: 'listRuns', ask: () => listRuns({ ctx, input: { limit: 50 } }) },
    {
      name: 'listRuns under way',
      ask: () => listRuns({ ctx, input: { status: ['running', 'queued', 'waiting_external'], limit: 8 } }),
    },
    { name: 'listRuns failed', ask: () => listRuns({ ctx, input: { status: ['failed'] } }) },
    { name: 'listRuns largest repository', ask: () => listRuns({ ctx, input: { repository: largest } }) },
    { name: 'listRuns smallest repository', ask: () => listRuns({ ctx, input: { repository: smallest } }) },
    { name: 'listRuns text', ask: () => listRuns({ ctx, input: { q: 'webhook' } }) },
    { name: 'listRuns text that is nowhere', ask: () => listRuns({ ctx, input: { q: 'zzzzzz' } }) },
    { name: 'listRuns merged', ask: () => listRuns({ ctx, input: { merged: true } }) },
    { name: 'listRuns not merged', ask: () => listRuns({ ctx, input: { merged: false } }) },
    { name: 'getRun', ask: () => getRun({ ctx, input: { run } }) },
    { name: 'listGates', ask: () => listGates({ ctx }) },
    { name: 'listGates all', ask: () => listGates({ ctx, input: { status: 'all' } }) },
    { name: 'getGate', ask: () => getGate({ ctx, input: { gate } }) },
    { name: 'getAnalytics 30 days', ask: () => getAnalytics({ ctx }) },
    { name: 'getAnalytics a year', ask: () => getAnalytics({ ctx, input: { range: '365d' } }) },
    {
      name: 'getAnalytics of a repository',
      ask: () => getAnalytics({ ctx, input: { repository: largest } }),
    },
    { name: 'listRepositories', ask: () => listRepositories({ ctx, input: { limit: 200 } }) },
    { name: 'listAudit', ask: () => listAudit({ ctx }) },
    { name: 'listAudit of a person', ask: () => listAudit({ ctx, input: { actor: 'ada' } }) },
    { name: 'listAudit of nobody', ask: () => listAudit({ ctx, input: { actor: 'nobody' } }) },
    { name: 'listBeads', ask: () => listBeads({ ctx, input: { limit: 50 } }) },
    { name: 'listBeads pending', ask: () => listBeads({ ctx, input: { status: 'pending' } }) },
    {
      name: 'listBeads of gates that failed',
      ask: () => listBeads({ ctx, input: { status: 'failed', category: 'gate' } }),
    },
    { name: 'listLearnings', ask: () => listLearnings({ ctx }) },
  ]
}

/** Each size in turn, try by try. */
export async function timeServices(
  sizes: readonly (readonly Question[])[],
  tries: number,
): Promise<Map<string, Spread[]>> {
  const results = new Map<string, Spread[]>()
  for (const [index, { name }] of (sizes[0] ?? []).entries()) {
    const times = sizes.map((): number[] => [])
    for (let round = -3; round < tries; round += 1) {
      for (const [at, questions] of sizes.entries()) {
        const began = performance.now()
        await questions[index]?.ask()
        if (round >= 0) times[at]?.push(performance.now() - began)
      }
    }
    results.set(name, times.map(spread))
  }
  return results
}
