import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type SQL, sql } from 'drizzle-orm'
import { afterAll, beforeAll, describe } from 'vitest'
import { type Database, type Db, openDatabase } from '@/lib/db/client'
import { havePostgres, startPostgres, type TestServer } from './postgres'
import { postgresProxy } from './postgres-proxy'
import { requires } from './require'
import { giveDatabase } from './template'

export interface TestDatabase {
  readonly database: Database
  /** A DEVPILOT_HOME of its own. */
  readonly home: string
  /** null for the embedded database. */
  readonly url: string | null
}

/** Opens a new database with DevPilot's schema. It is closed and removed after the suite. */
export type Open = () => Promise<TestDatabase>

type Suite = (open: Open, driver: Database['driver']) => void

/** Does something as the login that owns the tables, past every policy: what an intruder or an accident may do. */
export async function asLogin(db: Db, ...statements: readonly SQL[]): Promise<void> {
  await db.transaction(async (tx) => {
    await tx.execute(sql`set local role none`)
    for (const statement of statements) await tx.execute(statement)
  })
}

/** Runs a suite on the embedded database and on a real PostgreSQL, each test on as many databases as it opens. */
export function describeDatabases(suite: Suite): void {
  describe('pglite', () => {
    const place = cleanUp()
    suite(async () => {
      const home = place.folder()
      await giveDatabase(home)
      return place.keep({ database: await openDatabase({ home }), home, url: null })
    }, 'pglite')
  })
  describePostgres(suite)
}

/** Runs a suite on a real PostgreSQL alone. */
export function describePostgres(suite: Suite): void {
  describe.skipIf(!requires('postgres', havePostgres()))('postgres', () => onServer(suite, 'pg'))
}

/** The same, and once more on that PostgreSQL over a WebSocket, as functions reach a hosted one. */
export function describeDrivers(suite: Suite): void {
  describeDatabases(suite)
  describe.skipIf(!requires('postgres', havePostgres()))('hosted', () => onServer(suite, 'vercel'))
}

function onServer(suite: Suite, driver: 'pg' | 'vercel'): void {
  const place = cleanUp()
  let server: TestServer | null = null
  let proxy: Awaited<ReturnType<typeof postgresProxy>> | null = null
  beforeAll(async () => {
    server = await startPostgres()
    proxy = driver === 'vercel' ? await postgresProxy() : null
  })
  afterAll(async () => {
    await place.closeAll()
    await proxy?.stop()
    await server?.stop()
  })
  suite(async () => {
    if (!server) throw new Error('open() was called before the server was up')
    const url = await server.create()
    const home = place.folder()
    const serverless = driver === 'vercel'
    return place.keep({ database: await openDatabase({ url, home, driver, serverless }), home, url })
  }, driver)
}

/** Folders and open databases of a suite, gone after it. */
function cleanUp() {
  const folders: string[] = []
  const opened: Database[] = []
  const closeAll = async (): Promise<void> => {
    for (const database of opened.splice(0)) await database.close()
    for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true })
  }
  afterAll(closeAll)
  return {
    closeAll,
    folder: (): string => {
      const folder = mkdtempSync(join(tmpdir(), 'devpilot-test-'))
      folders.push(folder)
      return folder
    },
    keep: (made: TestDatabase): TestDatabase => {
      opened.push(made.database)
      return made
    },
  }
}
