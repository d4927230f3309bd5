import { constants } from 'node:fs'
import { mkdir, open } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { and, asc, eq, gt } from 'drizzle-orm'
import { auditLog, effects } from '@/drizzle/schema'
import type { RunRecord } from '@/lib/core/record'
import type { Db } from '@/lib/db/client'
import { log } from '@/lib/log'
import { auditLine } from '@/lib/services/audit/line'

/**
 * Adds what is new in a run's audit chain to `.devpilot/audit.jsonl` of its local repository: the readable copy, in
 * the shape of seed 004 section 11. The database is the record; a copy that cannot be written is a warning.
 */
export async function copyAudit(db: Db, run: RunRecord): Promise<void> {
  if (run.repository.forge !== 'local') return
  const key = `${run.id}:audit-copy`
  const [done] = await db.select({ result: effects.result }).from(effects).where(eq(effects.key, key))
  const after = Number(done?.result?.seq ?? 0)
  const rows = await db
    .select()
    .from(auditLog)
    .where(and(eq(auditLog.chain, run.id), gt(auditLog.seq, after)))
    .orderBy(asc(auditLog.seq))
  const last = rows.at(-1)
  if (!last) return
  const lines = rows.map((row) => `${auditLine({ ...row, at: row.at.toISOString() })}\n`)
  try {
    await append(join(run.repository.source, '.devpilot', 'audit.jsonl'), lines.join(''))
  } catch (error) {
    log('warn', 'the copy of the audit log could not be written', { run: run.id, error: String(error) })
    return
  }
  const result = { seq: last.seq }
  await db
    .insert(effects)
    .values({ key, runId: run.id, kind: 'audit-copy', intent: {}, result })
    .onConflictDoUpdate({ target: effects.key, set: { result } })
}

/** One write at the end of the file, never through a link. */
async function append(path: string, text: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true })
  const flags = constants.O_WRONLY | constants.O_APPEND | constants.O_CREAT | constants.O_NOFOLLOW
  const file = await open(path, flags, 0o644)
  try {
    await file.writeFile(text)
  } finally {
    await file.close()
  }
}
