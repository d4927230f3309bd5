import { sql } from 'drizzle-orm'
import { allRows } from '@/lib/db/client'
import { authorise } from '../authorise'
import type { ServiceContext } from '../context'

/** A repository in which nothing has run yet. */
export interface Unstarted {
  readonly name: string
  readonly source: string
}

/** Of the newest repositories those without a run; each is one look into an index. */
export async function unstartedRepositories({ ctx }: { ctx: ServiceContext }): Promise<Unstarted[]> {
  authorise(ctx, 'read')
  const rows = allRows(
    await ctx.db.execute(sql`
      select name, source from (select id, name, source, created_at from repositories
        where removed_at is null order by created_at desc limit 20) r
      where (select 1 from agent_runs a where a.repository_id = r.id limit 1) is null
      order by created_at desc limit 3`),
  )
  return rows.map((row) => ({ name: String(row.name), source: String(row.source) }))
}
