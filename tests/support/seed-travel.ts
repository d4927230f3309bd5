import { and, eq } from 'drizzle-orm'
import { artifacts, beads, jobs, runs } from '@/drizzle/schema'
import { type Db, sha256 } from '@/lib/db/client'
import { newId } from '@/lib/db/ids'
import { forkReaders } from '@/lib/runtime/fork'
import { accessLevels, type ServiceContext } from '@/lib/services/context'
import { forkRun } from '@/lib/services/runs/fork'
import { diff } from './seed-content'
import { evaluation } from './seed-evidence'
import { owner, seedRun } from './seed-run'

/** A fork of a run at its second coder, after turn 2, that went another way and is over. */
export async function seedFork(db: Db, run: string, at: Date): Promise<string> {
  const ctx: ServiceContext = {
    db,
    actor: owner,
    grants: accessLevels,
    home: '/nowhere',
    singleUser: true,
    wake: () => {},
  }
  const input = { run, at: '5', turn: 2, model: 'gpt-4.1', budgetUsd: 1 }
  const { id } = await forkRun({ ctx, input, readers: forkReaders })
  const ended = (minutes: number) => new Date(at.getTime() + minutes * 60_000)
  const head = '77aa0b1c9d3e5f60718293a4b5c6d7e8f9012345'
  const done = { status: 'completed', outcome: { kind: 'done' }, headSha: head, model: 'gpt-4.1' } as const
  await db
    .update(beads)
    .set({ ...done, costMicros: 8_400, startedAt: at, endedAt: ended(1) })
    .where(and(eq(beads.runId, id), eq(beads.status, 'running')))
  const common = {
    runId: id,
    category: 'agent' as const,
    status: 'completed' as const,
    headSha: head,
    model: 'gpt-4.1',
  }
  await db.insert(beads).values([
    {
      ...common,
      id: newId(),
      seq: 6,
      step: 'reviewer',
      name: 'reviewer',
      taskId: 'T1',
      attempt: 2,
      costMicros: 6_100,
      startedAt: ended(1),
      endedAt: ended(2),
      outcome: { kind: 'done' },
    },
    {
      ...common,
      id: newId(),
      seq: 7,
      step: 'tester',
      name: 'tester',
      costMicros: 9_900,
      startedAt: ended(2),
      endedAt: ended(3),
      outcome: { kind: 'tests_passed' },
    },
  ])
  const content = diff.replace(/^\+(?!\+).*$/m, '+// Counted in UTC.')
  await db
    .insert(artifacts)
    .values({ id: newId(), runId: id, kind: 'diff', sha256: sha256(content), content })
  await db
    .update(runs)
    .set({
      title: 'The week view, by another model',
      createdAt: at,
      status: 'succeeded',
      step: 'end',
      ending: 'Done.',
      score: evaluation.score - 6,
      costMicros: 24_400,
      turns: 6,
      inputTokens: 31_000,
      outputTokens: 2_400,
      startedAt: at,
      endedAt: ended(3),
    })
    .where(eq(runs.id, id))
  await db.update(jobs).set({ state: 'parked', dueAt: null }).where(eq(jobs.runId, id))
  return id
}

/** A run that was given up after five tries. */
export async function seedDead(db: Db, repositoryId: string, title: string, at: Date): Promise<string> {
  const message = 'The model did not answer: 529 overloaded.'
  const error = { code: 'model_error', message, step: 'coder', gaveUp: true, tries: 5 }
  const endedAt = new Date(at.getTime() + 9 * 60_000)
  const state = { step: 'coder' as const, error, ending: message }
  const run = await seedRun(db, {
    repositoryId,
    title,
    status: 'failed',
    at,
    endedAt,
    state,
    costMicros: 31_000,
  })
  await db
    .update(jobs)
    .set({ state: 'dead', deadReason: message, deadAt: endedAt })
    .where(eq(jobs.runId, run))
  return run
}
