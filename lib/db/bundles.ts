import { and, eq, gte, sql } from 'drizzle-orm'
import { beads, runBundles, runs } from '@/drizzle/schema'
import type { BeadRecord } from '@/lib/core/record'
import type { Claim } from '@/lib/engine/store'
import { AppError } from '@/lib/errors'
import { appendAudit, ENGINE } from './audit'
import { allRows, type Db, type Tx } from './client'
import { leaseLeft } from './effects'
import { holdNow } from './fence'
import { assertLease } from './transition'

/** A row of `run_bundles` without its bytes. One without any is kept as refs of the repository. */
export interface Kept {
  readonly runId: string
  readonly turn: number
  readonly fromSha: string
  readonly toSha: string
  readonly where: 'database' | 'forge'
}

type Position = Pick<Kept, 'turn' | 'fromSha' | 'toSha'>

/** What is kept of a run's commits, on Postgres or PGlite. Every write first takes the job's row. */
export function createCommitRecord(db: Db, claim: Claim) {
  const { runId } = claim
  return {
    list: (): Promise<Kept[]> => keptOf(db, runId),
    async bytes({ runId: of, turn }: Pick<Kept, 'runId' | 'turn'>): Promise<Uint8Array> {
      const place = and(eq(runBundles.runId, of), eq(runBundles.turn, turn))
      const [row] = await db.select({ bytes: runBundles.bytes }).from(runBundles).where(place)
      if (row) return row.bytes
      throw new AppError('not_found', `What was kept of turn ${turn} of run ${of} is gone.`)
    },
    keep: ({
      turn,
      fromSha,
      toSha,
      bytes,
    }: Position & { readonly bytes: Uint8Array | null }): Promise<void> =>
      db.transaction(async (tx) => {
        await assertLease(tx, claim)
        await tx.delete(runBundles).where(and(eq(runBundles.runId, runId), gte(runBundles.turn, turn)))
        await tx.insert(runBundles).values({ runId, turn, fromSha, toSha, bytes: bytes ?? new Uint8Array() })
      }),
    async done(): Promise<string | null> {
      const [row] = await db.select({ headSha: runs.headSha }).from(runs).where(eq(runs.id, runId))
      return row?.headSha ?? null
    },
    beforeWrite: (): Promise<void> => holdNow(() => leaseLeft(db, claim)),
    told: (action: string, data: Readonly<Record<string, unknown>>): Promise<void> =>
      db.transaction(async (tx) => {
        await assertLease(tx, claim)
        await appendAudit(tx, { runId, actor: ENGINE, action, data })
      }),
  }
}

/** What is kept of a run and, before it, of the runs that it was forked from; each oldest first. */
export async function keptOf(db: Db | Tx, runId: string): Promise<Kept[]> {
  const rows = await db.execute(sql`
    with recursive line as (
      select id, fork_of, 0 as depth from agent_runs where id = ${runId}
      union all
      select r.id, r.fork_of, line.depth + 1 from agent_runs r join line on r.id = line.fork_of
      where line.depth < 50
    )
    select b.run_id, b.turn, b.from_sha, b.to_sha, octet_length(b.bytes) as size
    from run_bundles b join line on line.id = b.run_id
    order by line.depth desc, b.turn`)
  return allRows(rows).map((row) => ({
    runId: String(row.run_id),
    turn: Number(row.turn),
    fromSha: String(row.from_sha),
    toSha: String(row.to_sha),
    where: Number(row.size) === 0 ? 'forge' : 'database',
  }))
}

/** The commit that a step began at, however often it was taken up since; null before the run has one. */
export async function beganAtOf(db: Db, bead: BeadRecord): Promise<string | null> {
  const [row] = await db.select({ baseSha: beads.baseSha }).from(beads).where(eq(beads.id, bead.id))
  return row?.baseSha ?? null
}
