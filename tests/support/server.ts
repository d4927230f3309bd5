import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Database, openDatabase } from '@/lib/db/client'
import { packageRoot } from '@/lib/root'
import { freePort } from './port'
import { type Seeded, seed } from './seed'
import { giveDatabase } from './template'

export interface TestServer {
  readonly url: string
  /** The installation's token, for Authorization: Bearer and for signing in. */
  readonly token: string
  readonly home: string
  readonly seeded: Seeded | null
  /** What it has printed so far. */
  readonly output: readonly string[]
  /** Of the process that runs now. */
  readonly pid: number
  /** Ends it with SIGKILL; its home and its address stay. */
  kill(): Promise<void>
  /** Starts it again after `kill`, at the same address. */
  start(): Promise<void>
  /** From now on nobody reads what it prints: the pipes are broken. */
  unheard(): void
  /** Ends the server by its id and removes its home. */
  stop(): Promise<void>
}

/** The token of every server here. */
export const TEST_TOKEN = 'a-token-for-tests-0123456789abcdef0123456789'

export interface ServerOptions {
  /** Fill the database before the start. */
  readonly seeded: boolean
  /** Does more to the database before the start. */
  readonly prepare?: (database: Database) => Promise<void>
  /** Variables beside those of every server here; `DATABASE_URL` is not filled. */
  readonly env?: Readonly<Record<string, string>>
}

/** Whether `next build` has been run here. */
export function isBuilt(): boolean {
  return existsSync(join(packageRoot(), '.next', 'BUILD_ID'))
}

/** Starts the built app on a free loopback port with a home of its own. */
export async function startServer(options: ServerOptions): Promise<TestServer> {
  const home = mkdtempSync(join(tmpdir(), 'devpilot-e2e-'))
  await giveDatabase(home)
  const seeded = options.seeded || options.prepare ? await seedHome(home, options) : null
  const port = await freePort()
  const url = `http://127.0.0.1:${port}`
  const token = TEST_TOKEN
  const output: string[] = []
  const launch = async (): Promise<ChildProcess> => {
    const started = spawnServer({ home, port, url, token, env: options.env ?? {} }, output)
    await answers(url, started, output).catch(async (error: unknown) => {
      await kill(started)
      throw error
    })
    return started
  }
  let child = await launch().catch((error: unknown) => {
    rmSync(home, { recursive: true, force: true })
    throw error
  })
  return {
    url,
    token,
    home,
    seeded,
    output,
    get pid() {
      return child.pid ?? 0
    },
    kill: () => kill(child),
    unheard: () => {
      child.stdout?.destroy()
      child.stderr?.destroy()
    },
    start: async () => {
      child = await launch()
    },
    stop: () => end(child, home),
  }
}

interface Launched {
  readonly home: string
  readonly port: number
  readonly url: string
  readonly token: string
  readonly env: Readonly<Record<string, string>>
}

function spawnServer({ home, port, url, token, env }: Launched, output: string[]): ChildProcess {
  const bin = join(packageRoot(), 'node_modules', 'next', 'dist', 'bin', 'next')
  const child = spawn(process.execPath, [bin, 'start', '--hostname', '127.0.0.1', '--port', String(port)], {
    cwd: packageRoot(),
    env: {
      PATH: process.env.PATH,
      HOME: home,
      NODE_ENV: 'production',
      NEXT_TELEMETRY_DISABLED: '1',
      DEVPILOT_HOME: home,
      DEVPILOT_TOKEN: token,
      DEVPILOT_URL: url,
      ...env,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  child.stdout.on('data', (data: Buffer) => output.push(data.toString()))
  child.stderr.on('data', (data: Buffer) => output.push(data.toString()))
  return child
}

async function kill(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  child.kill('SIGKILL')
  await once(child, 'exit')
}

async function seedHome(home: string, { seeded, prepare }: ServerOptions): Promise<Seeded | null> {
  const database = await openDatabase({ home })
  try {
    const made = seeded ? await seed(database.db, new Date()) : null
    await prepare?.(database)
    return made
  } finally {
    await database.close()
  }
}

async function answers(url: string, child: ChildProcess, output: readonly string[]): Promise<void> {
  for (let tries = 0; tries < 300; tries++) {
    if (child.exitCode !== null) break
    const ok = await fetch(`${url}/api/health`).then(
      (response) => response.ok,
      () => false,
    )
    if (ok) return
    await new Promise((resolve) => setTimeout(resolve, 200))
  }
  throw new Error(`The app did not answer at ${url}:\n${output.join('')}`)
}

async function end(child: ChildProcess, home: string): Promise<void> {
  if (child.exitCode === null && child.signalCode === null) {
    child.kill('SIGTERM')
    const forced = setTimeout(() => child.kill('SIGKILL'), 8_000)
    await once(child, 'exit')
    clearTimeout(forced)
  }
  rmSync(home, { recursive: true, force: true })
}
