import { jobs, runs } from '@/drizzle/schema'
import { completeFlow, type FlowStep, type GateStep } from '@/lib/core/flow'
import { defaultLimits, type GatePolicy } from '@/lib/core/limits'
import type { TriggerName } from '@/lib/core/names'
import { initialState, type RunState } from '@/lib/core/run'
import type { RunStatus } from '@/lib/core/status'
import type { Actor } from '@/lib/core/trigger'
import { appendAudit } from '@/lib/db/audit'
import type { Db } from '@/lib/db/client'
import { newId } from '@/lib/db/ids'
import { issueBody, plan } from './seed-content'

export const base = '4be1c09d27a6f3e8b5d0c41a97e2f6083d1b5a7c'
export const head = '9f3c2e71ab08d4561e7fc0a2b93d85f64c1e20d7'
export const owner: Actor = { kind: 'user', id: 'owner', name: 'owner', via: 'cli' }
export const gate: GateStep = 'gate:pre-merge-main'
export const policy: GatePolicy = {
  id: 'pre-merge-main',
  trigger: 'before_merge_to_main',
  type: 'human_approval',
  requiredApprovers: 1,
  timeoutHours: 24,
  onTimeout: 'block',
  notify: [],
}
export const flow: FlowStep[] = completeFlow([
  'planner',
  'coder',
  'reviewer',
  'tester',
  'pr',
  'evaluate',
  gate,
  'merge',
  'reflect',
])

export interface SeedRun {
  readonly repositoryId: string
  readonly title: string
  readonly status: RunStatus
  readonly at: Date
  readonly endedAt?: Date
  readonly state: Partial<RunState>
  readonly score?: number
  readonly costMicros?: number
  readonly trigger?: TriggerName
}

/** A run with its job and the first entry of its audit chain. */
export async function seedRun(db: Db, run: SeedRun): Promise<string> {
  const id = newId()
  const step = run.state.step ?? 'end'
  const state: RunState = {
    ...initialState(defaultLimits),
    flow,
    target: 'main',
    tasks: plan,
    ...run.state,
    status: run.status,
    step,
  }
  const costMicros = run.costMicros ?? 271_200
  await db.insert(runs).values({
    id,
    repositoryId: run.repositoryId,
    flow: 'issue',
    trigger: run.trigger ?? 'github_issue',
    title: run.title,
    task: {
      title: run.title,
      body: issueBody,
      issue: 214,
      url: 'https://github.com/acme/calendar/issues/214',
    },
    status: run.status,
    step,
    state,
    requestedBy: owner,
    target: 'main',
    branch: `devpilot/${id.slice(-12)}`,
    baseSha: base,
    headSha: head,
    budgetMicros: 3_000_000,
    costMicros,
    inputTokens: Math.round(costMicros * 0.55),
    outputTokens: Math.round(costMicros * 0.043),
    turns: 24,
    score: run.score ?? null,
    ending: run.state.ending ?? null,
    createdAt: run.at,
    startedAt: run.at,
    endedAt: run.endedAt ?? null,
  })
  const { repositoryId } = run
  await db.insert(jobs).values({
    id: newId(),
    kind: 'run',
    key: `run:${id}`,
    runId: id,
    repositoryId,
    ...jobOf(run.status),
  })
  await db.transaction((tx) =>
    appendAudit(tx, {
      runId: id,
      actor: owner,
      action: 'run.started',
      data: { repository: 'acme/calendar', flow: 'issue', title: run.title, budgetMicros: 3_000_000 },
    }),
  )
  return id
}

/**
 * A run that is at work waits for its next try, an hour from now: the worker of the server that shows it leaves it
 * alone. A lease would not last: with the embedded database, a server that starts frees them all.
 */
function jobOf(status: RunStatus) {
  if (status !== 'running') return { state: 'parked' as const }
  return { state: 'delayed' as const, dueAt: new Date(Date.now() + 3_600_000) }
}
