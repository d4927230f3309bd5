import { eq, sql } from 'drizzle-orm'
import { jobs, runs } from '@/drizzle/schema'
import { defaultConfig } from '@/lib/core/config'
import { type FlowStep, gateId, isGate } from '@/lib/core/flow'
import type { Limits } from '@/lib/core/limits'
import type { StepResult } from '@/lib/core/record'
import { policyOf } from '@/lib/core/route'
import { type Db, sha256 } from '@/lib/db/client'
import { createRecord } from '@/lib/db/record'
import { createStore } from '@/lib/db/store'
import { createEngine, type Engine, type StepRunner } from '@/lib/engine/engine'
import { toAppError } from '@/lib/errors'
import type { StepRecord } from '@/lib/steps/ports'
import { limitsOf } from './walk'

export type Work = Parameters<StepRunner>[0]
export type Script = (
  work: Work,
  record: StepRecord,
) => StepResult['outcome'] | Promise<StepResult['outcome']>

/** The outcome by which a step of any flow goes on. */
export function goOn(
  { run }: Work,
  flow: readonly FlowStep[],
  limits: Partial<Limits> = {},
): StepResult['outcome'] {
  const step = run.state.step
  switch (step) {
    case 'prepare':
      return {
        kind: 'prepared',
        flow: [...flow],
        limits: limitsOf(limits),
        target: 'main',
        mainBranch: 'main',
      }
    case 'planner':
      return { kind: 'planned', tasks: [task], confidence: 1, blockers: [] }
    case 'reviewer':
      return {
        kind: 'reviewed',
        review: { decision: 'approve', confidence: 1, comments: [], summary: 'Good.' },
      }
    case 'tester':
      return { kind: 'tests_passed' }
    case 'debugger':
      return { kind: 'fixed' }
    default:
      return { kind: 'done' }
  }
}

const task = {
  id: 'T1',
  title: 'Mend it',
  description: '',
  files_likely_affected: ['a.ts'],
  acceptance_criteria: ['it works'],
  estimated_complexity: 'low' as const,
  dependencies: [],
}

/** Steps that do nothing but end as the script says; a gate is really opened. */
export function scriptedRunner(db: Db, script: Script): StepRunner {
  return async (work) => {
    const record = createRecord({ ...work, db, config: async () => defaultConfig() })
    const { step, gate } = work.run.state
    if (step !== 'end' && isGate(step) && gate) {
      const diff = 'diff --git a/a b/a\n'
      await record.openGate({
        name: gateId(step),
        reason: gate.reason,
        policy: policyOf(work.run.state, step),
        evidenceHash: sha256(diff),
        baseSha: 'b'.repeat(40),
        headSha: 'c'.repeat(40),
        diff,
        leadsTo: gate.resume.step,
      })
      return { outcome: { kind: 'waiting' } }
    }
    return { outcome: await script(work, record) }
  }
}

export interface EngineParts {
  readonly owner?: string
  readonly leaseMs?: number
  readonly errors?: unknown[]
}

export function scriptedEngine(db: Db, script: Script, parts: EngineParts = {}): Engine {
  return engineOf(db, scriptedRunner(db, script), parts)
}

/** The embedded engine with a test's own steps. */
export function engineOf(db: Db, runStep: StepRunner, parts: EngineParts = {}): Engine {
  return createEngine({
    store: createStore(db),
    runStep,
    owner: parts.owner ?? 'test:1',
    toError: toAppError,
    random: () => 0,
    onError: (message, error) => parts.errors?.push([message, error]),
    ...(parts.leaseMs === undefined ? {} : { leaseMs: parts.leaseMs }),
  })
}

/** Ticks until nothing is due. */
export async function drain(engine: Engine, signal?: AbortSignal): Promise<number> {
  const { steps } = await engine.tick({
    now: () => 0,
    until: Number.POSITIVE_INFINITY,
    ...(signal === undefined ? {} : { signal }),
  })
  return steps
}

export async function runRow(db: Db, id: string): Promise<typeof runs.$inferSelect> {
  const [row] = await db.select().from(runs).where(eq(runs.id, id))
  if (!row) throw new Error('the run is gone')
  return row
}

/** Time passes for one run: its lease is over, or its wait. */
export async function passTime(db: Db, runId: string, what: 'lease' | 'wait'): Promise<void> {
  const past = sql`now() - interval '1 hour'`
  await db
    .update(jobs)
    .set(what === 'lease' ? { leaseUntil: past } : { dueAt: past, state: 'delayed' })
    .where(eq(jobs.runId, runId))
}
