import { type SQL, sql } from 'drizzle-orm'
import { firstRow, type Tx } from './client'

/** How many runs may be worked on at once by all workers together; absent: as many as they can. */
export interface Caps {
  readonly maxActive?: number | undefined
  /** Where `repositories.max_active` says nothing else. */
  readonly maxActivePerRepository?: number | undefined
}

/** Whether the job `j` may be taken beside those that are at work, as `devpilot_claim` counts them. */
export function place({ maxActive, maxActivePerRepository: each }: Caps): SQL {
  return sql`(select count(*) from jobs where state = 'leased') < coalesce(${maxActive ?? null}::integer, 2147483647)
    and (select count(*) from jobs b where b.repository_id = j.repository_id and b.state = 'leased')
      < coalesce((select max_active from repositories where id = j.repository_id), ${each ?? null}::integer, 2147483647)`
}

/**
 * Whether a job that the caller holds has a place. Asked under the lock of `devpilot_claim`, until the transaction
 * ends: two would both find the last one free.
 */
export async function hasPlace(tx: Tx, caps: Caps, jobId: string): Promise<boolean> {
  const capped = sql`select exists (select from repositories where max_active is not null) as own`
  const general = caps.maxActive !== undefined || caps.maxActivePerRepository !== undefined
  if (!general && firstRow(await tx.execute(capped))?.own !== true) return true
  await tx.execute(sql`select pg_advisory_xact_lock(7264101)`)
  const row = firstRow(await tx.execute(sql`select ${place(caps)} as free from jobs j where j.id = ${jobId}`))
  return row?.free === true
}
