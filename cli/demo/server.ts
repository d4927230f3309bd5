import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync, statSync } from 'node:fs'
import { readdir, readFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { env, ownProcessEnv } from '@/lib/env'
import { AppError } from '@/lib/errors'
import { packageRoot } from '@/lib/root'
import type { Api } from '../api'
import { httpApi } from '../http-api'
import type { Io } from '../io'

export interface DemoServer {
  readonly api: Api
  readonly url: string
  readonly port: number
  /** Signs a browser in. */
  readonly link: string
  stop(): Promise<void>
}

const START_MS = 60_000
const KEEP_LINES = 40

/** The server of this program on its own home and a free port; it stops with this process. */
export async function startServer(home: string, io: Io): Promise<DemoServer> {
  await build(io)
  const port = await freePort(env().DEVPILOT_PORT)
  const url = `http://127.0.0.1:${port}`
  const root = packageRoot()
  const next = join(root, 'node_modules', 'next', 'dist', 'bin', 'next')
  const variables = ownProcessEnv({
    DEVPILOT_HOME: home,
    DEVPILOT_PORT: String(port),
    DEVPILOT_URL: url,
    DEVPILOT_LOG: 'warn',
    NEXT_TELEMETRY_DISABLED: '1',
    NODE_ENV: 'production',
  })
  const args = [next, 'start', '--hostname', '127.0.0.1', '--port', String(port)]
  const child = spawn(process.execPath, args, {
    cwd: root,
    env: variables,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const said = lastLines(child)
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()))
  const stop = async () => {
    if (child.exitCode === null) child.kill('SIGTERM')
    const kill = setTimeout(() => child.kill('SIGKILL'), 15_000)
    await ended
    clearTimeout(kill)
  }
  try {
    await answering(url, child, said)
    const token = (await readFile(join(home, 'token'), 'utf8')).trim()
    return { api: httpApi(url, token), url, port, link: `${url}/sign-in?token=${token}`, stop }
  } catch (error) {
    await stop()
    throw error
  }
}

/** Builds the pages when there are none, or when they are older than what they are made from. */
async function build(io: Io): Promise<void> {
  const root = packageRoot()
  const stamp = join(root, '.next', 'BUILD_ID')
  if (existsSync(stamp) && statSync(stamp).mtimeMs > (await newestSource(root))) return
  io.note('Building the dashboard (once): a minute or two…')
  const begun = performance.now()
  const seconds = () => Math.round((performance.now() - begun) / 1000)
  const timer = setInterval(() => io.note(`  … ${seconds()} s`), 10_000)
  const next = join(root, 'node_modules', 'next', 'dist', 'bin', 'next')
  const variables = ownProcessEnv({ NEXT_TELEMETRY_DISABLED: '1', NODE_ENV: 'production' })
  const child = spawn(process.execPath, [next, 'build'], {
    cwd: root,
    env: variables,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const said = lastLines(child)
  const code = await new Promise<number | null>((resolve) => child.once('exit', resolve))
  clearInterval(timer)
  if (code === 0) io.note(`Built in ${seconds()} s.`)
  else {
    throw new AppError('internal', `The dashboard could not be built:\n${said().join('\n')}`, {
      mend: 'Run `npm install` and try again; `npx next build` shows the whole output.',
    })
  }
}

async function newestSource(root: string): Promise<number> {
  let newest = statSync(join(root, 'package.json')).mtimeMs
  for (const folder of ['app', 'components', 'lib', 'drizzle']) {
    for (const entry of await readdir(join(root, folder), { recursive: true, withFileTypes: true })) {
      if (entry.isFile()) newest = Math.max(newest, statSync(join(entry.parentPath, entry.name)).mtimeMs)
    }
  }
  return newest
}

/** The port that is wanted, or any free one when it is taken. */
async function freePort(wanted: number): Promise<number> {
  const listen = (port: number) =>
    new Promise<number | null>((resolve) => {
      const server = createServer()
      server.once('error', () => resolve(null))
      server.listen(port, '127.0.0.1', () => {
        const address = server.address()
        server.close(() => resolve(typeof address === 'object' && address !== null ? address.port : null))
      })
    })
  const port = (await listen(wanted)) ?? (await listen(0))
  if (port === null) throw new AppError('internal', 'No port of 127.0.0.1 is free.')
  return port
}

async function answering(url: string, child: ChildProcess, said: () => string[]): Promise<void> {
  const until = Date.now() + START_MS
  while (Date.now() < until && child.exitCode === null) {
    const response = await fetch(`${url}/api/ready`).catch(() => null)
    if (response && response.status !== 404) return
    await sleep(200)
  }
  throw new AppError('internal', `The server did not start:\n${said().join('\n')}`, {
    mend: 'See the lines above; `devpilot doctor` checks this machine.',
  })
}

function lastLines(child: ChildProcess): () => string[] {
  const lines: string[] = []
  const keep = (chunk: Buffer) => {
    lines.push(
      ...chunk
        .toString('utf8')
        .split('\n')
        .filter((line) => line.trim() !== ''),
    )
    lines.splice(0, Math.max(0, lines.length - KEEP_LINES))
  }
  child.stdout?.on('data', keep)
  child.stderr?.on('data', keep)
  return () => lines
}
