import { and, eq, gt, sql } from 'drizzle-orm'
import { auditLog } from '@/drizzle/schema'
import type { Actor } from '@/lib/core/trigger'
import { appendAudit } from '@/lib/db/audit'
import { allRows } from '@/lib/db/client'
import { log } from '@/lib/log'
import { getRuntime } from '@/lib/runtime'

interface Refusal {
  readonly actor: Actor
  readonly action: 'cron.refused' | 'webhook.refused'
  readonly path: string
}

/** In the audit log once a minute at most, whoever hammers at the door and however many processes there are. */
export async function noteRefusal({ actor, action, path }: Refusal): Promise<void> {
  try {
    const { database } = await getRuntime()
    await database.db.transaction(async (tx) => {
      const [turn] = allRows(
        await tx.execute(sql`select pg_try_advisory_xact_lock(hashtextextended(${action}, 0)) as mine`),
      )
      if (turn?.mine !== true) return
      const lately = gt(auditLog.at, sql`now() - interval '1 minute'`)
      const [noted] = await tx
        .select({ id: auditLog.id })
        .from(auditLog)
        .where(and(eq(auditLog.action, action), lately))
        .limit(1)
      if (!noted) await appendAudit(tx, { runId: null, actor, action, data: { path } })
    })
  } catch (error) {
    // It is refused all the same.
    log('warn', 'a refused call could not be audited', { action, error: String(error) })
  }
}
