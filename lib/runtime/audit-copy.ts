import { constants, existsSync } from 'node:fs'
import { appendFile, lstat, mkdir, open, readFile } from 'node:fs/promises'
import { dirname, isAbsolute, join, resolve } from 'node:path'
import { and, asc, eq, gt, sql } from 'drizzle-orm'
import { auditLog, effects } from '@/drizzle/schema'
import type { RunRecord } from '@/lib/core/record'
import type { Db, Tx } from '@/lib/db/client'
import { AppError } from '@/lib/errors'
import { log } from '@/lib/log'
import { auditLine } from '@/lib/services/audit/line'
import { parseConfig } from '@/lib/workspace/config/parse'
import { gitText } from '@/lib/workspace/git/run'

/**
 * Adds what is new in a run's audit chain to `supervision.audit_log` of its local repository: the readable copy, in
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
  const root = run.repository.source
  const copy = await placeOf(run)
  if (await isTracked(root, copy)) return
  if (await db.transaction((tx) => appendNew(tx, run, copy))) await exclude(root, copy)
}

/** @returns whether there was anything new */
async function appendNew(tx: Tx, run: RunRecord, copy: string): Promise<boolean> {
  const key = `${run.id}:audit-copy`
  // Two that copy at once do it one after the other, and the second finds what the first has added.
  await tx.execute(sql`select pg_advisory_xact_lock(hashtextextended(${key}, 0))`)
  const [done] = await tx.select({ result: effects.result }).from(effects).where(eq(effects.key, key))
  const after = Number(done?.result?.seq ?? 0)
  const rows = await tx
    .select()
    .from(auditLog)
    .where(and(eq(auditLog.chain, run.id), gt(auditLog.seq, after)))
    .orderBy(asc(auditLog.seq))
  const last = rows.at(-1)
  if (!last) return false
  const lines = rows.map((row) => `${auditLine({ ...row, at: row.at.toISOString() })}\n`)
  await append(run.repository.source, copy, lines.join(''))
  const result = { seq: last.seq }
  await tx
    .insert(effects)
    .values({ key, runId: run.id, kind: 'audit-copy', intent: {}, result })
    .onConflictDoUpdate({ target: effects.key, set: { result } })
  return true
}

/** A copy that is committed is left alone: writing to it would make the checkout dirty, and no merge could be made. */
async function isTracked(root: string, copy: string): Promise<boolean> {
  return (await gitText(['ls-files', '--', copy], { cwd: root })) !== ''
}

/** The copy is no change of the user's: git is told so where only this clone sees it. */
async function exclude(root: string, copy: string): Promise<void> {
  const seen = await gitText(['ls-files', '--others', '--exclude-standard', '--', copy], { cwd: root })
  if (seen === '') return
  const path = resolve(root, await gitText(['rev-parse', '--git-path', 'info/exclude'], { cwd: root }))
  await mkdir(dirname(path), { recursive: true })
  const before = await readFile(path, 'utf8').catch(() => '')
  await appendFile(path, `${before === '' || before.endsWith('\n') ? '' : '\n'}/${copy}\n`)
}

/** Where the copy goes, as the base's devpilot.yaml says. @throws AppError('bad_config') for a place outside */
async function placeOf(run: RunRecord): Promise<string> {
  const options = { cwd: run.repository.source, okCodes: [1, 128] }
  const text = await gitText(['cat-file', 'blob', `${run.baseSha ?? 'HEAD'}:devpilot.yaml`], options)
  const path = parseConfig(text).supervision.audit_log
  const parts = path.split('/')
  if (
    isAbsolute(path) ||
    parts.some((part) => ['', '.', '..'].includes(part) || part.toLowerCase() === '.git')
  )
    throw new AppError('bad_config', `supervision.audit_log: ${path} is no place inside the repository.`, {
      place: 'supervision.audit_log',
      mend: 'Give a path relative to its root, such as .devpilot/audit.jsonl.',
    })
  return path
}

/** One write at the end of the file, never through a link: the folders, too, come from the repository. */
async function append(root: string, copy: string, text: string): Promise<void> {
  const path = join(root, copy)
  let folder = root
  for (const part of copy.split('/').slice(0, -1)) {
    folder = join(folder, part)
    await mkdir(folder, { recursive: true })
    if ((await lstat(folder)).isSymbolicLink())
      throw new AppError('bad_request', `${folder} is a link.`, { mend: 'Make it a folder.' })
  }
  const flags = constants.O_WRONLY | constants.O_APPEND | constants.O_CREAT | constants.O_NOFOLLOW
  const file = await open(path, flags, 0o644)
  try {
    await file.writeFile(text)
  } finally {
    await file.close()
  }
}
