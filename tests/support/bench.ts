import { eq, sql } from 'drizzle-orm'
import { jobs, runs } from '@/drizzle/schema'
import { beganAtOf, createCommitRecord } from '@/lib/db/bundles'
import type { Db } from '@/lib/db/client'
import { createStore } from '@/lib/db/store'
import type { Claim } from '@/lib/engine/store'
import type { ServiceContext } from '@/lib/services/context'
import { startRun } from '@/lib/services/runs/start'
import type { Bench } from '@/lib/steps/ports'
import { openBench } from '@/lib/workspace/bench/open'

export interface BenchRun {
  readonly run: string
  /** The bench of a worker with this home, which has just claimed the run. */
  open(home: string): Promise<Bench>
  /** A worker takes the run; whoever had it has lost it. */
  claim(): Promise<Claim>
  /** What the database then has as done. */
  record(bench: Bench): Promise<string>
  readonly lines: string[]
}

/** A run of a repository whose steps are done by hand. */
export async function benchRun(ctx: ServiceContext, repository: string, config = ''): Promise<BenchRun> {
  const { db } = ctx
  const store = createStore(db)
  const overrides = config === '' ? {} : { config }
  const { id: run } = await startRun({ ctx, input: { repository, task: 'Mend it', overrides } })
  const lines: string[] = []
  const claim = async () => {
    await free(db, run)
    const claimed = await store.claim({ owner: 'bench', leaseMs: 60_000 })
    if (claimed?.runId !== run) throw new Error('another run was claimed')
    return claimed
  }
  return {
    run,
    lines,
    claim,
    async open(home) {
      const held = await claim()
      const bead = await store.openBead(held, await store.load(held))
      const { signal } = new AbortController()
      return openBench({
        home,
        run: await store.load(held),
        resumed: bead.resumed,
        beganAt: await beganAtOf(db, bead),
        record: createCommitRecord(db, held),
        header: undefined,
        log: (line) => lines.push(line),
        signal,
      })
    },
    async record(bench) {
      const { branch, baseSha } = bench
      const headSha = await bench.workspace(null).headSha()
      await db.update(runs).set({ branch, baseSha, headSha }).where(eq(runs.id, run))
      return headSha
    },
  }
}

/** This run's job alone is ready. */
async function free(db: Db, run: string): Promise<void> {
  await db.update(jobs).set({ state: 'parked', dueAt: null, leaseOwner: null, leaseUntil: null })
  await db.update(jobs).set({ state: 'ready', dueAt: sql`now()` }).where(eq(jobs.runId, run))
}
