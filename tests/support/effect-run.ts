import { type ChildProcess, spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { eq, sql } from 'drizzle-orm'
import { notifications } from '@/drizzle/schema'
import { type Database, openDatabase } from '@/lib/db/client'
import { ownProcessEnv } from '@/lib/env'
import { createGitHubForge } from '@/lib/forge/github/github'
import { packageRoot } from '@/lib/root'
import type { ServiceContext } from '@/lib/services/context'
import { decideGate } from '@/lib/services/gates/decide'
import { getRun } from '@/lib/services/runs/get'
import { startRun } from '@/lib/services/runs/start'
import type { EffectWork } from './effect-worker'
import { type Arrival, type GitHubEmulator, startGitHub } from './forge-emulator'
import { type Bundled, bundled } from './program'
import { makeRepository, temporaryFolder } from './repos'
import { passTime } from './scripted-engine'
import { contextOf } from './services'

/** A worker process that has loaded its program and waits for work. */
export interface Standby {
  readonly child: ChildProcess
  begin(work: EffectWork): void
  /** Resolves once the process said so, or is gone. */
  said(words: string): Promise<boolean>
  /** How it ended: `done`, or the signal. */
  readonly ended: Promise<string>
  /** Everything that it said. */
  text(): string
}

function standby({ file, env }: Bundled): Standby {
  const child = spawn(process.execPath, [file], {
    cwd: packageRoot(),
    stdio: ['pipe', 'pipe', 'pipe'],
    env: ownProcessEnv(env),
  })
  let text = ''
  const looks = new Set<() => void>()
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk) => {
      text += String(chunk)
      for (const look of looks) look()
    })
  }
  const ended = new Promise<string>((resolve) => {
    child.on('close', (code, signal) => resolve(signal ?? (code === 0 ? 'done' : `exit ${code}: ${text}`)))
  })
  return {
    child,
    ended,
    text: () => text,
    begin: (work) => child.stdin.write(`${JSON.stringify(work)}\n`),
    said: (words) =>
      new Promise((resolve) => {
        const look = () => {
          if (text.includes(words)) resolve(true)
        }
        looks.add(look)
        ended.then(() => resolve(text.includes(words)))
        look()
      }),
  }
}

/** Workers that are ready before they are needed: a process takes a second to load its program. */
export function workerPool(size: number): { take(): Standby; close(): Promise<void> } {
  const program = bundled('tests/support/effect-worker.ts')
  const all: Standby[] = []
  const ready: Standby[] = []
  const fill = () => {
    while (ready.length < size) {
      const made = standby(program)
      ready.push(made)
      all.push(made)
    }
  }
  fill()
  return {
    take() {
      const [next = standby(program)] = ready.splice(0, 1)
      all.push(next)
      fill()
      return next
    },
    async close() {
      for (const { child } of all) child.kill('SIGKILL')
      await Promise.all(all.map(({ ended }) => ended))
    },
  }
}

/** One run of a repository of its own in a database of its own, and the forge that it works against. */
export interface World {
  readonly run: string
  readonly ctx: ServiceContext
  readonly database: Database
  readonly repository: string
  readonly server: GitHubEmulator | null
  work(stop?: EffectWork['stop']): EffectWork
  /** The leases of a worker that is gone are over. */
  timePasses(): Promise<void>
  /** What the run waits for is given. @returns whether it has ended */
  helped(): Promise<boolean>
  close(): Promise<void>
}

export async function openWorld(url: string, forge: 'github' | 'local'): Promise<World> {
  const folder = temporaryFolder('effects')
  const home = join(folder.path, 'home')
  const database = await openDatabase({ url, home })
  const ctx = contextOf({ database, home })
  const repository = makeRepository(join(folder.path, 'repository'), { 'README.md': '# small\n' })
  const server = forge === 'github' ? await startGitHub() : null
  if (server) await publish(server, repository)
  const { id: run } = await startRun({ ctx, input: { repository, task: 'Add a file' } })
  return {
    run,
    ctx,
    database,
    repository,
    server,
    work: (stop = null) => {
      const github = server && { url: server.url, token: server.token }
      return { home, url, repository, github, stop }
    },
    async timePasses() {
      await passTime(database.db, run, 'lease')
      await database.db
        .update(notifications)
        .set({ leaseUntil: sql`now() - interval '1 minute'` })
        .where(eq(notifications.runId, run))
    },
    async helped() {
      const view = await getRun({ ctx, input: { run } })
      if (view.error) throw new Error(`${view.status}: ${view.error.message}`)
      const waiting = view.gates.find((gate) => gate.status === 'waiting')
      if (!waiting) return view.status === 'succeeded'
      const { id: gate, evidence } = waiting
      await decideGate({ ctx, input: { gate, decision: 'approve', evidence } })
      return false
    },
    async close() {
      await database.close()
      await server?.close()
      folder.dispose()
    },
  }
}

/** The base branch is on the forge before the run begins. */
async function publish(server: GitHubEmulator, repository: string): Promise<void> {
  const options = { owner: 'acme', repo: 'shop', auth: { token: server.token }, baseUrl: server.url } as const
  const forge = createGitHubForge({ ...options, push: 'api', paced: false })
  const headSha = readFileSync(join(repository, '.git/refs/heads/main'), 'utf8').trim()
  await forge.push({ mirror: join(repository, '.git'), branch: 'main', headSha })
  server.writes.length = 0
}

/** Names a call by what it does, the same for every worker that makes it again. */
export function callId({ method, path, body }: Arrival): string {
  return `${method} ${path} ${createHash('sha256').update(body).digest('hex').slice(0, 8)}`
}

/** The same without what differs from run to run. */
export function callShape({ method, path }: Arrival): string {
  return `${method} ${path.replace(/[0-9a-f]{40}/g, 'SHA')}`
}

/** Everything that people would find on the forge, with how often. */
export async function forgeFacts({ server, ...world }: World): Promise<Record<string, unknown>> {
  if (!server) throw new Error(`${world.run} has a forge of its own`)
  const list = async (path: string) => {
    const headers = { authorization: `Bearer ${server.token}` }
    const answer = await fetch(`${server.url}/repos/acme/shop/${path}`, { headers })
    const data = await answer.json()
    if (!Array.isArray(data)) throw new Error(`${path}: ${JSON.stringify(data)}`)
    return data
  }
  const pulls = await list('pulls?state=all')
  const { number = 0, head } = pulls[0] ?? {}
  const plain = (text: string) => text.replace(/[0-9a-f]{8}-[0-9a-f-]{27}/g, 'ID')
  return {
    pulls: pulls.map((pull) => `${pull.state} ${pull.draft} ${pull.merged_at !== null}`),
    comments: (await list(`issues/${number}/comments`)).map(
      ({ body }) => plain(String(body)).split('key=')[1],
    ),
    notes: (await list(`pulls/${number}/comments`)).map(({ body }) => plain(String(body)).split('key=')[1]),
    labels: (await list(`issues/${number}/labels`)).map(({ name }) => name),
    known: (await list('labels')).map(({ name }) => name).sort(),
    checks: (await list(`commits/${head?.sha}/statuses`)).map((one) => `${one.state} ${one.description}`),
    branches: (await list('branches')).length,
    main: (await list('commits?sha=main')).length,
  }
}
