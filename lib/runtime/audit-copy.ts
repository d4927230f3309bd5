import { constants, existsSync } from 'node:fs'
import { appendFile, lstat, mkdir, open, readFile } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import { and, asc, eq, gt } from 'drizzle-orm'
import { auditLog, effects } from '@/drizzle/schema'
import type { RunRecord } from '@/lib/core/record'
import type { Db } from '@/lib/db/client'
import { AppError } from '@/lib/errors'
import { log } from '@/lib/log'
import { auditLine } from '@/lib/services/audit/line'
import { gitText } from '@/lib/workspace/git/run'

const COPY = '.devpilot/audit.jsonl'

/**
 * Adds what is new in a run's audit chain to `.devpilot/audit.jsonl` of its local repository: the readable copy, in
 * the shape of seed 004 section 11. The database is the record; a copy that cannot be written is a warning, because
 * the step that it follows is committed already.
 */
export async function copyAudit(db: Db, run: RunRecord): Promise<void> {
  if (run.repository.forge !== 'local' || !existsSync(join(run.repository.source, '.git'))) return
  try {
    await copyNew(db, run)
  } catch (error) {
    log('warn', 'the copy of the audit log could not be written', { run: run.id, error: String(error) })
  }
}

async function copyNew(db: Db, run: RunRecord): Promise<void> {
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
  if (await isTracked(run.repository.source)) return
  await append(join(run.repository.source, COPY), lines.join(''))
  await exclude(run.repository.source)
  const result = { seq: last.seq }
  await db
    .insert(effects)
    .values({ key, runId: run.id, kind: 'audit-copy', intent: {}, result })
    .onConflictDoUpdate({ target: effects.key, set: { result } })
}

/** A copy that is committed is left alone: writing to it would make the checkout dirty, and no merge could be made. */
async function isTracked(root: string): Promise<boolean> {
  return (await gitText(['ls-files', '--', COPY], { cwd: root })) !== ''
}

/** The copy is no change of the user's: git is told so where only this clone sees it. */
async function exclude(root: string): Promise<void> {
  const seen = await gitText(['ls-files', '--others', '--exclude-standard', '--', COPY], { cwd: root })
  if (seen === '') return
  const path = resolve(root, await gitText(['rev-parse', '--git-path', 'info/exclude'], { cwd: root }))
  await mkdir(dirname(path), { recursive: true })
  const before = await readFile(path, 'utf8').catch(() => '')
  await appendFile(path, `${before === '' || before.endsWith('\n') ? '' : '\n'}/${COPY}\n`)
}

/** One write at the end of the file, never through a link: the folder, too, comes from the repository. */
async function append(path: string, text: string): Promise<void> {
  const folder = dirname(path)
  await mkdir(folder, { recursive: true })
  if ((await lstat(folder)).isSymbolicLink())
    throw new AppError('bad_request', `${folder} is a link.`, { mend: 'Make it a folder.' })
  const flags = constants.O_WRONLY | constants.O_APPEND | constants.O_CREAT | constants.O_NOFOLLOW
  const file = await open(path, flags, 0o644)
  try {
    await file.writeFile(text)
  } finally {
    await file.close()
  }
}
