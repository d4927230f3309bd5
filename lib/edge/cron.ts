import { and, eq, gt, sql } from 'drizzle-orm'
import { auditLog } from '@/drizzle/schema'
import { sameSecret } from '@/lib/auth/token'
import { appendAudit } from '@/lib/db/audit'
import { allRows } from '@/lib/db/client'
import { env } from '@/lib/env'
import { AppError } from '@/lib/errors'
import { log } from '@/lib/log'
import { getRuntime, type Runtime } from '@/lib/runtime'
import type { ServiceContext } from '@/lib/services/context'

const CRON = { kind: 'system', id: 'cron', name: 'Cron' } as const
const REFUSED = 'cron.refused'

/**
 * Lets who sends CRON_SECRET in, and tells everybody else nothing.
 * @throws AppError('not_configured') where no secret is set, 'unauthorized'
 */
export async function assertCron(request: Request): Promise<{ ctx: ServiceContext; runtime: Runtime }> {
  const secret = env().CRON_SECRET
  if (secret === undefined) {
    throw new AppError('not_configured', 'CRON_SECRET is not set: nobody may call this.', {
      place: 'CRON_SECRET',
      mend: 'Set CRON_SECRET to a long random text, and let the caller send it as `Authorization: Bearer …`; Vercel does so by itself.',
    })
  }
  const sent = /^Bearer +(\S+)$/i.exec(request.headers.get('authorization') ?? '')?.[1]
  if (sent === undefined || !sameSecret(sent, secret)) {
    await noteRefusal(new URL(request.url).pathname)
    throw new AppError('unauthorized', 'Unauthorized.')
  }
  const runtime = await getRuntime()
  return { ctx: runtime.context(CRON, ['read', 'trigger', 'cron']), runtime }
}

/** In the audit log once a minute at most, whoever hammers at the door and however many processes there are. */
async function noteRefusal(path: string): Promise<void> {
  try {
    const { database } = await getRuntime()
    await database.db.transaction(async (tx) => {
      const [turn] = allRows(
        await tx.execute(sql`select pg_try_advisory_xact_lock(hashtextextended(${REFUSED}, 0)) as mine`),
      )
      if (turn?.mine !== true) return
      const lately = gt(auditLog.at, sql`now() - interval '1 minute'`)
      const [noted] = await tx
        .select({ id: auditLog.id })
        .from(auditLog)
        .where(and(eq(auditLog.action, REFUSED), lately))
        .limit(1)
      if (!noted) await appendAudit(tx, { runId: null, actor: CRON, action: REFUSED, data: { path } })
    })
  } catch (error) {
    // It is refused all the same.
    log('warn', 'a refused cron call could not be audited', { error: String(error) })
  }
}
