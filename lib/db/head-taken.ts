import { sql } from 'drizzle-orm'
import type { RunRecord } from '@/lib/core/record'
import { isEnded, runStatusNames } from '@/lib/core/status'
import { type Db, firstRow } from './client'

const going = runStatusNames.filter((status) => !isEnded(status))

/** Whether a run that goes on had a pull request at this commit before this run had its own, not merged yet. */
export async function headIsTaken(
  db: Db,
  { id, repository }: Pick<RunRecord, 'id' | 'repository'>,
  headSha: string,
): Promise<boolean> {
  const row = firstRow(
    await db.execute(sql`
    select 1 from agent_runs r join pull_requests p on p.run_id = r.id
    where r.repository_id = ${repository.id} and r.head_sha = ${headSha} and r.id <> ${id}
      and r.status in (${sql.join(
        going.map((status) => sql`${status}`),
        sql`, `,
      )})
      and p.merged_at is null and p.state <> 'closed'
      and p.created_at < (select max(created_at) from pull_requests where run_id = ${id})
    limit 1`),
  )
  return row !== undefined
}
