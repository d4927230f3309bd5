import { sql } from 'drizzle-orm'
import { firstRow } from '@/lib/db/client'
import { authorise } from '../authorise'
import type { ServiceContext } from '../context'

/** The version of the database's server: `15.17`. */
export async function databaseVersion({ ctx }: { ctx: ServiceContext }): Promise<string | null> {
  authorise(ctx, 'read')
  const row = firstRow(await ctx.db.execute(sql`select current_setting('server_version') as version`))
  return typeof row?.version === 'string' ? row.version : null
}
