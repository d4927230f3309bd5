import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { sql } from 'drizzle-orm'
import { AppError } from '@/lib/errors'
import { packageRoot } from '@/lib/root'
import type { Db, Tx } from './client'
import { allRows } from './client'
import { applyPolicies, relaxPolicies } from './policies'
import { ensureRoles } from './roles'

const LOCK = 7_264_100

interface Migration {
  readonly name: string
  readonly sql: string
}

let ours: readonly Migration[] | undefined

/**
 * The SQL files of drizzle/migrations in order of their names, as they were when this process first asked: where a
 * newer version is put in the place of one that runs, what that one knows stays its own.
 */
export function migrations(): readonly Migration[] {
  ours ??= read()
  return ours
}

function read(): Migration[] {
  const folder = join(packageRoot(), 'drizzle', 'migrations')
  const names = readdirSync(folder).filter((name) => name.endsWith('.sql'))
  return names
    .sort()
    .map((name) => ({ name: name.replace(/\.sql$/, ''), sql: readFileSync(join(folder, name), 'utf8') }))
}

/**
 * Applies what is missing, each file in its own transaction, under an advisory lock: any number of processes may
 * start at once (drizzle's own migrate() fails in all but one of four). Then says who may do what. All as the login
 * itself, whatever role `db` asks as.
 * @throws AppError('bad_config') when the database is of a newer DevPilot, or the login may not make roles.
 */
export async function migrateAll(db: Db): Promise<string[]> {
  const known = migrations()
  const applied: string[] = []
  for (;;) {
    const next = await db.transaction(async (tx) => {
      await beginAsLogin(tx)
      const done = await namesOf(tx)
      const newer = newest(done, known)
      if (newer !== null) throw newerDatabase(newer)
      const missing = known.find((migration) => !done.has(migration.name))
      if (!missing) return null
      await relaxPolicies(tx)
      for (const statement of missing.sql.split('--> statement-breakpoint')) {
        if (statement.trim() !== '') await tx.execute(sql.raw(statement))
      }
      await tx.execute(sql`insert into devpilot_migrations (name) values (${missing.name})`)
      return missing.name
    })
    if (next === null) break
    applied.push(next)
  }
  await db.transaction(async (tx) => {
    await beginAsLogin(tx)
    await ensureRoles(tx)
    await applyPolicies(tx)
  })
  return applied
}

/** The newest migration that this program does not know: the database was upgraded while it ran. Null: there is none. */
export async function newerMigration(db: Db): Promise<string | null> {
  return db.transaction(async (tx) => {
    await tx.execute(sql`set local role none`)
    return newest(await namesOf(tx), migrations())
  })
}

/** What whoever runs an older version on this database is told. */
export function newerDatabase(name: string): AppError {
  return new AppError('bad_config', `The database is of a newer DevPilot (it has ${name}).`, {
    mend: 'Run the newer version, or give this one a database of its own.',
  })
}

async function namesOf(tx: Tx): Promise<Set<string>> {
  const rows = allRows(await tx.execute(sql`select name from devpilot_migrations`))
  return new Set(rows.map((row) => String(row.name)))
}

function newest(done: ReadonlySet<string>, known: readonly Pick<Migration, 'name'>[]): string | null {
  const names = [...done].filter((name) => !known.some((migration) => migration.name === name))
  return names.sort().at(-1) ?? null
}

/** Waits for other starts, in a transaction that is the login's own. */
async function beginAsLogin(tx: Tx): Promise<void> {
  await tx.execute(sql`set local role none`)
  await tx.execute(sql`select pg_advisory_xact_lock(${LOCK})`)
  await tx.execute(sql`create table if not exists devpilot_migrations (
    name text primary key, applied_at timestamptz not null default now())`)
  await tx.execute(sql`create table if not exists devpilot_policies (
    hash text primary key, applied_at timestamptz not null default now())`)
}
