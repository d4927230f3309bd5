/**
 * What the engine itself costs per step, with no model and no tools: a flow of ten steps whose steps end at once.
 * `npx tsx bench/engine.ts [runs]`. Prints a table and asserts nothing.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { sql } from 'drizzle-orm'
import { jobs, repositories, runs } from '@/drizzle/schema'
import type { FlowStep } from '@/lib/core/flow'
import { defaultLimits } from '@/lib/core/limits'
import type { Outcome } from '@/lib/core/outcome'
import type { RunRecord } from '@/lib/core/record'
import { initialState } from '@/lib/core/run'
import { type Database, openDatabase } from '@/lib/db/client'
import { newId } from '@/lib/db/ids'
import { createStore } from '@/lib/db/store'
import { createEngine } from '@/lib/engine/engine'
import { env } from '@/lib/env'
import { toAppError } from '@/lib/errors'
import { startPostgres } from '@/tests/support/postgres'

const flow: readonly FlowStep[] = [
  'prepare',
  'planner',
  'coder',
  'reviewer',
  'tester',
  'evaluate',
  'pr',
  'merge',
  'reflect',
  'cleanup',
]
const task = {
  id: 'T1',
  title: 'One',
  description: '',
  files_likely_affected: ['a'],
  acceptance_criteria: ['b'],
  estimated_complexity: 'low' as const,
  dependencies: [],
}

function outcomeOf({ state }: RunRecord): Outcome {
  switch (state.step) {
    case 'prepare':
      return { kind: 'prepared', flow: [...flow], limits: defaultLimits, target: 'main', mainBranch: 'main' }
    case 'planner':
      return { kind: 'planned', tasks: [task], confidence: 1, blockers: [] }
    case 'reviewer':
      return {
        kind: 'reviewed',
        review: { decision: 'approve', confidence: 1, comments: [], summary: 'Good.' },
      }
    case 'tester':
      return { kind: 'tests_passed' }
    default:
      return { kind: 'done' }
  }
}

async function addRuns({ db }: Database, count: number): Promise<void> {
  const repositoryId = newId()
  await db.insert(repositories).values({
    id: repositoryId,
    name: 'bench',
    forge: 'local',
    source: `/bench/${repositoryId}`,
    defaultBranch: 'main',
  })
  const state = initialState(defaultLimits)
  const requestedBy = { kind: 'system', id: 'bench', name: 'bench' } as const
  for (let i = 0; i < count; i += 1) {
    const id = newId()
    await db.insert(runs).values({
      id,
      repositoryId,
      flow: 'bench',
      trigger: 'manual',
      title: 'A run',
      task: { title: 'A run', body: '' },
      status: 'queued',
      step: 'prepare',
      state,
      requestedBy,
      budgetMicros: 3_000_000,
    })
    await db
      .insert(jobs)
      .values({ id: newId(), kind: 'run', key: `run:${id}`, runId: id, repositoryId, dueAt: sql`now()` })
  }
}

/** @returns milliseconds and steps of all due runs, by so many workers at once */
async function drive({ db }: Database, atOnce: number): Promise<{ ms: number; steps: number }> {
  const began = performance.now()
  const workers = Array.from({ length: atOnce }, (_, i) =>
    createEngine({
      store: createStore(db),
      runStep: async ({ run }) => ({ outcome: outcomeOf(run) }),
      owner: `bench:${i}`,
      toError: toAppError,
      random: Math.random,
      onError: (message, error) => console.error(message, error),
    }).tick({ now: () => 0, until: Number.POSITIVE_INFINITY }),
  )
  const done = await Promise.all(workers)
  return { ms: performance.now() - began, steps: done.reduce((sum, { steps }) => sum + steps, 0) }
}

async function measure(name: string, database: Database, count: number): Promise<void> {
  await addRuns(database, 3)
  await drive(database, 1)
  for (const atOnce of [1]) {
    await addRuns(database, count)
    const { ms, steps } = await drive(database, atOnce)
    const each = (ms / steps).toFixed(2).padStart(8)
    const speed = ((steps * 1_000) / ms).toFixed(0).padStart(8)
    console.log(
      `| ${name.padEnd(10)} | ${String(atOnce).padStart(12)} | ${String(steps).padStart(5)} | ${speed} | ${each} |`,
    )
  }
  await database.close()
}

const count = Number(process.argv[2] ?? 40)
const home = mkdtempSync(join(tmpdir(), 'devpilot-bench-'))
console.log('| database   | runs at once | steps | steps/s  | ms/step  |')
console.log('|------------|--------------|-------|----------|----------|')
const given = env().DATABASE_URL
const server = given ? null : await startPostgres()
const url = given ?? (await server?.create())
await measure('PostgreSQL', await openDatabase({ url, home }), count)
await server?.stop()
rmSync(home, { recursive: true, force: true })
