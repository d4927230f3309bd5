import { and, eq, gt, sql } from 'drizzle-orm'
import { auditLog } from '@/drizzle/schema'
import type { Actor } from '@/lib/core/trigger'
import { appendAudit } from '@/lib/db/audit'
import { allRows } from '@/lib/db/client'
import { log } from '@/lib/log'
import { getRuntime, type Runtime } from '@/lib/runtime'

interface Refusal {
  readonly actor: Actor
  readonly action: 'cron.refused' | 'webhook.refused'
  readonly path: string
}

const MINUTE_MS = 60_000
/** When each was noted last by this process. */
const lately = new WeakMap<Runtime, Map<Refusal['action'], number>>()

/** In the audit log once a minute at most, whoever hammers at the door and however many processes there are. */
export async function noteRefusal(refusal: Refusal): Promise<void> {
  const { action } = refusal
  try {
    const runtime = await getRuntime()
    const times = lately.get(runtime) ?? new Map<Refusal['action'], number>()
    lately.set(runtime, times)
    const now = performance.now()
    // Whoever knocks without a secret costs no transaction each time.
    if (now - (times.get(action) ?? Number.NEGATIVE_INFINITY) < MINUTE_MS) return
    times.set(action, now)
    await note(runtime, refusal).catch((error: unknown) => {
      times.delete(action)
      throw error
    })
  } catch (error) {
    // It is refused all the same.
    log('warn', 'a refused call could not be audited', { action, error: String(error) })
  }
}

/** Of the processes, one notes it. */
async function note({ database }: Runtime, { actor, action, path }: Refusal): Promise<void> {
  await database.db.transaction(async (tx) => {
    const [turn] = allRows(
      await tx.execute(sql`select pg_try_advisory_xact_lock(hashtextextended(${action}, 0)) as mine`),
    )
    if (turn?.mine !== true) return
    const [noted] = await tx
      .select({ id: auditLog.id })
      .from(auditLog)
      .where(and(eq(auditLog.action, action), gt(auditLog.at, sql`now() - interval '1 minute'`)))
      .limit(1)
    if (!noted) await appendAudit(tx, { runId: null, actor, action, data: { path } })
  })
}
