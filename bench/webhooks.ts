/**
 * Webhooks of GitHub at a steady rate to one built server: how long each answer takes from the moment that it was due to
 * be sent, what is lost, and what a hundred copies come to. Asserts nothing.
 * `npx next build && npx tsx bench/webhooks.ts [a second] [--seconds 30] [--database postgres|pglite]`
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { repositories } from '@/drizzle/schema'
import { type Database, openDatabase } from '@/lib/db/client'
import { newId } from '@/lib/db/ids'
import { example, SECRET, signed } from '@/tests/support/github-webhooks'
import { makeRepository } from '@/tests/support/repos'
import { isBuilt, startServer as startApp, type TestServer } from '@/tests/support/server'
import { cpuMsOf } from './support/cpu'
import { exitOnSignals } from './support/exit'
import { startServer } from './support/postgres'

const { values: flags, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    seconds: { type: 'string', default: '30' },
    database: { type: 'string', default: 'postgres' },
  },
})
const rate = Number(positionals[0] ?? 100)
const seconds = Number(flags.seconds)
const COPIES = 100
const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms))
const name = 'acme/bench'
const yaml = 'pipeline: { triggers: [{ on: github_issue, label: start, flow: [coder] }] }\n'

type Letter = Awaited<ReturnType<typeof signed>>

/** An issue that is labelled, as GitHub tells it; `start` asks for a run. */
function labelled(number: number, label: string, delivery: string): Promise<Letter> {
  const payload = example('issues', 'labeled', {
    'repository.full_name': name,
    'issue.number': number,
    'label.name': label,
  })
  return signed('issues', payload, { delivery })
}

async function addRepository({ db }: Database, source: string): Promise<void> {
  await db.insert(repositories).values({ id: newId(), name, forge: 'github', source, defaultBranch: 'main' })
}

async function post(app: TestServer, { headers, body }: Letter): Promise<number> {
  const answer = await fetch(`${app.url}/api/webhooks/github`, {
    method: 'POST',
    headers: { ...headers },
    body: String(body),
  })
  await answer.arrayBuffer()
  return answer.status
}

/** Each at its time, however long the others take. The time of each answer counts from there. */
async function steadily(app: TestServer, letters: readonly Letter[]) {
  const begun = performance.now()
  const times: number[] = []
  const statuses = new Map<number, number>()
  await Promise.all(
    letters.map(async (letter, i) => {
      const due = begun + (i * 1_000) / rate
      await pause(Math.max(0, due - performance.now()))
      const status = await post(app, letter).catch(() => 0)
      times.push(performance.now() - due)
      statuses.set(status, (statuses.get(status) ?? 0) + 1)
    }),
  )
  return { times: times.sort((a, b) => a - b), statuses, tookMs: performance.now() - begun }
}

/** Every page of a list of the API. */
async function all(app: TestServer, path: string): Promise<Record<string, unknown>[]> {
  const items: Record<string, unknown>[] = []
  for (let cursor: string | null = ''; cursor !== null; ) {
    const query: string = cursor === '' ? '' : `&cursor=${cursor}`
    const headers = { authorization: `Bearer ${app.token}` }
    const page: { items: Record<string, unknown>[]; next: string | null } = await (
      await fetch(`${app.url}${path}?limit=200${query}`, { headers })
    ).json()
    items.push(...page.items)
    cursor = page.next
  }
  return items
}

async function settled(app: TestServer): Promise<{ kept: Record<string, unknown>[]; ms: number }> {
  const begun = performance.now()
  for (;;) {
    const kept = await all(app, '/api/webhooks/deliveries')
    if (kept.every(({ status }) => status !== 'waiting')) return { kept, ms: performance.now() - begun }
    await pause(250)
  }
}

async function measure(app: TestServer): Promise<void> {
  const count = rate * seconds
  const letters: Letter[] = []
  for (let i = 0; i < count; i += 1) {
    // Half is told by many repositories and asks for nothing; half is worked on.
    const one =
      i % 2 === 0
        ? signed('star', example('star', 'created', { told: i }), { delivery: `bench-${i}` })
        : labelled(i, 'other', `bench-${i}`)
    letters.push(await one)
  }
  for (let i = 0; i < 20; i += 1)
    await post(app, await signed('ping', example('ping', null, { told: i }), { delivery: `warm-${i}` }))
  const before = cpuMsOf(app.pid) ?? Number.NaN
  const { times, statuses, tookMs } = await steadily(app, letters)
  const at = (share: number) =>
    (times[Math.min(times.length - 1, Math.floor(times.length * share))] ?? 0).toFixed(1)
  const cpu = ((cpuMsOf(app.pid) ?? Number.NaN) - before) / count
  const copy = await labelled(1, 'start', 'bench-copy')
  const copies = await Promise.all(Array.from({ length: COPIES }, () => post(app, copy)))
  const { kept, ms } = await settled(app)
  const ours = new Set(kept.map(({ delivery }) => String(delivery)).filter((id) => /^bench-\d+$/.test(id)))
  const runs = await all(app, '/api/runs')
  const by = Object.entries(Object.groupBy(kept, ({ status }) => String(status)))
  console.log(
    `  sent ${count} at ${rate} a second (in ${(tookMs / 1_000).toFixed(1)} s); answers: ${[...statuses].map(([status, n]) => `${n} of ${status}`).join(', ')}`,
  )
  console.log(
    `  answered after: p50 ${at(0.5)}, p95 ${at(0.95)}, p99 ${at(0.99)}, max ${at(1)} ms; ${cpu.toFixed(1)} ms of the server’s CPU each`,
  )
  console.log(
    `  kept ${ours.size}, lost ${count - ours.size}; ${by.map(([status, rows]) => `${rows?.length} ${status}`).join(', ')}`,
  )
  console.log(`  all worked on ${ms.toFixed(0)} ms after the last answer, or before`)
  console.log(
    `  ${COPIES} copies at once: ${copies.filter((status) => status === 202).length} taken, ${kept.filter(({ delivery }) => delivery === 'bench-copy').length} kept, ${runs.length} run`,
  )
}

if (!isBuilt()) throw new Error('Run `npx next build` first.')
exitOnSignals()
const folder = mkdtempSync(join(tmpdir(), 'devpilot-bench-webhooks-'))
const source = makeRepository(folder, { 'devpilot.yaml': yaml })
const env = { GITHUB_WEBHOOK_SECRET: SECRET, DEVPILOT_LOG: 'error' }
const server = flags.database === 'postgres' ? await startServer() : null
try {
  const prepare = (database: Database) => addRepository(database, source)
  let url: string | undefined
  if (server) {
    url = await server.create('webhooks')
    const database = await openDatabase({ home: folder, url })
    await prepare(database)
    await database.close()
  }
  const app = await startApp(
    url === undefined
      ? { seeded: false, prepare, env }
      : { seeded: false, env: { ...env, DATABASE_URL: url } },
  )
  try {
    console.log(`one server and its worker, ${server ? `PostgreSQL (${await server.settings()})` : 'PGlite'}`)
    await measure(app)
  } finally {
    await app.stop()
  }
} finally {
  await server?.stop()
  rmSync(folder, { recursive: true, force: true })
}
