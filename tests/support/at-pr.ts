import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { eq, sql } from 'drizzle-orm'
import { jobs, runs } from '@/drizzle/schema'
import { defaultConfig } from '@/lib/core/config'
import type { FlowStep } from '@/lib/core/flow'
import { beganAtOf, createCommitRecord } from '@/lib/db/bundles'
import { createLocalForgeStore } from '@/lib/db/local-forge'
import { createRecord } from '@/lib/db/record'
import { createStore } from '@/lib/db/store'
import type { Forge } from '@/lib/forge/forge'
import { createLocalForge } from '@/lib/forge/local'
import type { ServiceContext } from '@/lib/services/context'
import { signalRun } from '@/lib/services/runs/signal'
import { startRun } from '@/lib/services/runs/start'
import type { StepContext } from '@/lib/steps/ports'
import { openBench } from '@/lib/workspace/bench/open'
import { makeRepository } from './repos'

const never = () => Promise.reject(new Error('not asked for'))
const flow: FlowStep[] = ['prepare', 'coder', 'pr']

/** A run that stands at its pr step, with a repository and a local forge of its own below `folder`. */
export async function runAtPr(ctx: ServiceContext, folder: string) {
  const { db } = ctx
  const root = makeRepository(folder, { 'a.txt': 'one\n' })
  const { id } = await startRun({ ctx, input: { repository: root, task: 'Mend it' } })
  const [row] = await db.select().from(runs).where(eq(runs.id, id))
  if (!row?.state || row.repositoryId === null) throw new Error('the run has no state')
  const state = { ...row.state, flow, index: 2, step: 'pr' as const, target: 'main' }
  await db.update(runs).set({ state, step: 'pr' }).where(eq(runs.id, id))
  const pulls = createLocalForgeStore(db, row.repositoryId, String)

  /** Takes the run up, as a worker does, with a change in its checkout. */
  async function takenUp(change: string, broken: (forge: Forge) => Forge = (forge) => forge) {
    await db
      .update(jobs)
      .set({ state: 'ready', dueAt: sql`now()`, leaseUntil: null, priority: 9 })
      .where(eq(jobs.runId, id))
    const store = createStore(db)
    const claim = await store.claim({ owner: 'w', leaseMs: 60_000 })
    if (claim?.runId !== id) throw new Error('another run was due')
    const bead = await store.openBead(claim, await store.load(claim))
    const run = await store.load(claim)
    const record = createRecord({ db, claim, run, bead, config: async () => defaultConfig() })
    const { signal } = new AbortController()
    const commits = createCommitRecord(db, claim)
    const beganAt = await beganAtOf(db, bead)
    const at = { home: ctx.home, run, resumed: bead.resumed, beganAt, record: commits, header: undefined }
    const bench = await openBench({ ...at, log: () => {}, signal })
    writeFileSync(join(ctx.home, 'worktrees', id, 'files', 'b.txt'), change)
    const headSha = (await bench.workspace(null).commit('turn')) ?? (await bench.workspace(null).headSha())
    await db
      .update(runs)
      .set({ branch: bench.branch, baseSha: bench.baseSha, headSha })
      .where(eq(runs.id, id))
    const forge = async () =>
      broken(
        createLocalForge({
          repositoryPath: root,
          store: pulls,
          urlFor: String,
          beforeWrite: record.beforeWrite,
        }),
      )
    const place = { runUrl: `http://x.test/${id}`, bench: async () => bench, forge }
    const context: StepContext = {
      ...place,
      run,
      bead,
      signal,
      hangUp: signal,
      record,
      model: never,
      prompts: never,
      now: Date.now,
    }
    return { context, branch: bench.branch, record, headSha }
  }

  const cancelled = () => signalRun({ ctx, input: { run: id, kind: 'cancel' } })
  /** As a person's retry begins the step: by a bead of its own. */
  async function retried(): Promise<void> {
    await cancelled()
    await signalRun({ ctx, input: { run: id, kind: 'retry' } })
  }
  return { id, root, pulls, takenUp, retried, cancelled }
}
