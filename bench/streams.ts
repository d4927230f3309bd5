/**
 * Many open event streams on one built server with a real PostgreSQL: from a commit to all of them, memory a stream,
 * connections to the database, and what they cost while nothing happens. Asserts nothing.
 * `npx next build && npx tsx bench/streams.ts [streams] [--events 100] [--view brief|full]`
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import pg from 'pg'
import { openDatabase } from '@/lib/db/client'
import { appendEvents } from '@/lib/db/events'
import { signalRun } from '@/lib/services/runs/signal'
import { isBuilt, startServer as startApp } from '@/tests/support/server'
import { contextOf, someRun } from '@/tests/support/services'
import { openStreams, type Streams } from './streams/clients'
import { memoryOf } from './streams/memory'
import { cpuMsOf } from './support/cpu'
import { exitOnSignals } from './support/exit'
import { startServer } from './support/postgres'

const { values: flags, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    events: { type: 'string', default: '100' },
    view: { type: 'string', default: 'brief' },
    idle: { type: 'string', default: '20' },
  },
})
const count = Number(positionals[0] ?? 500)
const events = Number(flags.events)
const idleSeconds = Number(flags.idle)
const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms))
const ms = (value: number) => `${value.toFixed(value < 10 ? 1 : 0)} ms`

function spread(values: readonly number[]): string {
  const sorted = [...values].sort((a, b) => a - b)
  const at = (share: number) =>
    sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN
  return `p50 ${ms(at(0.5))}, p95 ${ms(at(0.95))}, max ${ms(at(1))}`
}

/** Events one by one; the time from each commit until every stream has it. */
async function oneByOne(streams: Streams, add: () => Promise<number>): Promise<void> {
  const toAll: number[] = []
  const toEach: number[] = []
  for (let n = 0; n < events; n += 1) {
    const id = await add()
    const committed = performance.now()
    const arrivals = await streams.arrivalsOf(id)
    for (const at of arrivals) toEach.push(Math.max(0, at - committed))
    toAll.push(Math.max(0, Math.max(...arrivals) - committed))
    await pause(60)
  }
  console.log(`  from a commit to all ${count}: ${spread(toAll)}`)
  console.log(`  from a commit to each:   ${spread(toEach)}`)
}

async function idle(streams: Streams, pid: number, client: pg.Client): Promise<void> {
  const before = { cpu: cpuMsOf(pid) ?? Number.NaN, bytes: streams.bytes(), done: await transactions(client) }
  await pause(idleSeconds * 1_000)
  const cpu = ((cpuMsOf(pid) ?? Number.NaN) - before.cpu) / 1_000 / idleSeconds
  const bytes = (streams.bytes() - before.bytes) / idleSeconds / count
  const queries = ((await transactions(client)) - before.done) / idleSeconds
  console.log(
    `  idle, a second: ${(cpu * 100).toFixed(1)}% of a core, ${queries.toFixed(1)} transactions, ${bytes.toFixed(1)} bytes a stream`,
  )
}

async function transactions(client: pg.Client): Promise<number> {
  const { rows } = await client.query<{ done: string }>(
    'select (xact_commit + xact_rollback)::text as done from pg_stat_database where datname = current_database()',
  )
  return Number(rows[0]?.done ?? 0)
}

async function connections(client: pg.Client): Promise<string> {
  const { rows } = await client.query<{ open: string; listening: string }>(
    `select count(*)::text as open, count(*) filter (where query ilike 'listen%')::text as listening
     from pg_stat_activity where datname = current_database() and application_name <> 'bench'`,
  )
  return `${rows[0]?.open} of the server to the database, ${rows[0]?.listening} of them listening`
}

async function main(): Promise<void> {
  if (!isBuilt()) throw new Error('The app is not built: `npx next build` first.')
  const postgres = await startServer({ maxConnections: 60 })
  const home = mkdtempSync(join(tmpdir(), 'devpilot-streams-'))
  const url = await postgres.create('streams')
  const mine = `${url}?application_name=bench`
  const app = await startApp({ seeded: false, env: { DATABASE_URL: url } })
  const database = await openDatabase({ url: mine, home })
  const client = new pg.Client({ connectionString: mine })
  await client.connect()
  try {
    console.log(`${await postgres.settings()}; ${count} streams, view ${flags.view}`)
    const ctx = contextOf({ database, home })
    const run = await someRun(ctx)
    await signalRun({ ctx, input: { kind: 'cancel', run } })
    await pause(3_000)
    const path = `${app.url}/api/events?view=${flags.view}`
    // What a first request loads is not a stream's.
    const warm = await openStreams(path, app.token, 20)
    await pause(1_000)
    warm.close()
    await pause(2_000)
    const alone = memoryOf(app.pid)
    const began = performance.now()
    const streams = await openStreams(path, app.token, count)
    console.log(`  opened in ${ms(performance.now() - began)}; ${await connections(client)}`)
    await pause(3_000)
    const opened = memoryOf(app.pid)
    console.log(
      `  memory: ${mb(alone)} without, ${mb(opened)} with, ${kb((opened - alone) / count)} a stream`,
    )
    await idle(streams, app.pid, client)
    const add = async () => {
      await appendEvents(database.db, [
        { runId: run, beadId: null, kind: 'turn', data: { seq: 1, text: 'x'.repeat(200) } },
      ])
      const { rows } = await client.query<{ id: string }>('select max(id)::text as id from run_events')
      return Number(rows[0]?.id)
    }
    await oneByOne(streams, add)
    console.log(
      `  ${await connections(client)}; ${streams.open()} streams still open; ${mb(memoryOf(app.pid))}`,
    )
    streams.close()
  } finally {
    await client.end()
    await database.close()
    await app.stop()
    await postgres.stop()
    rmSync(home, { recursive: true, force: true })
  }
}

const mb = (bytes: number) => `${(bytes / 1e6).toFixed(0)} MB`
const kb = (bytes: number) => `${(bytes / 1e3).toFixed(0)} kB`

exitOnSignals()
await main()
