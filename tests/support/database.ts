import { cpSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe } from 'vitest'
import { type Database, openDatabase } from '@/lib/db/client'
import { havePostgres, startPostgres, type TestServer } from './postgres'
import { requires } from './require'

export interface TestDatabase {
  readonly database: Database
  /** A DEVPILOT_HOME of its own. */
  readonly home: string
  /** null for the embedded database. */
  readonly url: string | null
}

/** Opens a new database with DevPilot's schema. It is closed and removed after the suite. */
export type Open = () => Promise<TestDatabase>

/** Runs a suite on the embedded database and on a real PostgreSQL, each test on as many databases as it opens. */
export function describeDatabases(suite: (open: Open, driver: Database['driver']) => void): void {
  describe('pglite', () => {
    const place = cleanUp()
    let template: string | undefined
    suite(async () => {
      template ??= await makeTemplate(place.folder())
      const home = place.folder()
      cpSync(template, join(home, 'db'), { recursive: true })
      return place.keep({ database: await openDatabase({ home }), home, url: null })
    }, 'pglite')
  })
  describePostgres((open) => suite(open, 'pg'))
}

/** Runs a suite on a real PostgreSQL alone. */
export function describePostgres(suite: (open: Open) => void): void {
  describe.skipIf(!requires('postgres', havePostgres()))('postgres', () => {
    const place = cleanUp()
    let server: TestServer | null = null
    beforeAll(async () => {
      server = await startPostgres()
    })
    afterAll(async () => {
      await place.closeAll()
      await server?.stop()
    })
    suite(async () => {
      if (!server) throw new Error('open() was called before the server was up')
      const url = await server.create()
      const home = place.folder()
      return place.keep({ database: await openDatabase({ url, home }), home, url })
    })
  })
}

async function makeTemplate(home: string): Promise<string> {
  const database = await openDatabase({ home })
  await database.close()
  return join(home, 'db')
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
