/**
 * What runs that wait at gates, or have ended, cost a worker: its claims and queries a second with none of them and
 * with many, idle and under load. Asserts nothing.
 * `npx tsx bench/waiting.ts [waiting] [--seconds 10]`
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import type { FlowStep } from '@/lib/core/flow'
import { type Database, openDatabase } from '@/lib/db/client'
import { createStore } from '@/lib/db/store'
import { createEngine } from '@/lib/engine/engine'
import type { Store } from '@/lib/engine/store'
import { startWorker } from '@/lib/engine/worker'
import { toAppError } from '@/lib/errors'
import { startRun } from '@/lib/services/runs/start'
import { drain, goOn, runRow, scriptedEngine, scriptedRunner } from '@/tests/support/scripted-engine'
import { contextOf } from '@/tests/support/services'
import { gatePolicy } from '@/tests/support/walk'
import { watchQueries } from './engine/profile'
import { exitOnSignals } from './support/exit'
import { asLogin } from './support/login'
import { type BenchServer, startServer } from './support/postgres'
import { copies } from './waiting/fill'

const { values: flags, positionals } = parseArgs({
  allowPositionals: true,
  options: { seconds: { type: 'string', default: '10' } },
})
const waiting = Number(positionals[0] ?? 10_000)
const seconds = Number(flags.seconds)
const SLOTS = 4
const RUNS = 60

/** Waits at its gate for three days. */
const gated: readonly FlowStep[] = ['prepare', 'coder', 'gate:pre-merge-main', 'merge']
const plain: readonly FlowStep[] = ['prepare', 'planner', 'coder', 'reviewer', 'tester', 'reflect', 'cleanup']
const limits = { gates: [gatePolicy('pre-merge-main', { timeoutHours: 72 })] }

interface Seen {
  queries: number
  claims: number
  claimMs: number[]
}
const seen: Seen = { queries: 0, claims: 0, claimMs: [] }
watchQueries(() => {
  seen.queries += 1
})

function counted(store: Store): Store {
  return {
    ...store,
    async claim(input) {
      const began = performance.now()
      const claim = await store.claim(input)
      seen.claims += 1
      seen.claimMs.push(performance.now() - began)
      return claim
    },
  }
}

interface Measured {
  readonly queries: number
  readonly claims: number
  readonly steps: number
  readonly claimP50: number
  readonly claimP95: number
}

/** Per second of a worker with some slots, for as long as `work` takes. */
async function measure(database: Database, work: (wake: () => void) => Promise<number>): Promise<Measured> {
  const engine = createEngine({
    store: counted(createStore(database.db)),
    runStep: scriptedRunner(database.db, (step) => goOn(step, plain)),
    owner: 'bench:waiting',
    toError: toAppError,
    random: Math.random,
    onError: (...what) => console.error(...what),
  })
  const worker = startWorker(engine, SLOTS, console.error)
  Object.assign(seen, { queries: 0, claims: 0, claimMs: [] })
  const began = performance.now()
  const steps = await work(worker.wake)
  const s = (performance.now() - began) / 1_000
  const sorted = [...seen.claimMs].sort((a, b) => a - b)
  const at = (share: number) => sorted[Math.floor((sorted.length - 1) * share)] ?? 0
  const { queries, claims } = seen
  await worker.stop()
  return { queries: queries / s, claims: claims / s, steps: steps / s, claimP50: at(0.5), claimP95: at(0.95) }
}

async function underLoad(database: Database, home: string, wake: () => void): Promise<number> {
  const ctx = { ...contextOf({ database, home }), wake }
  const ids: string[] = []
  for (let i = 0; i < RUNS; i += 1) {
    const { id } = await startRun({ ctx, input: { repository: home, task: 'Nothing' } })
    ids.push(id)
  }
  for (const id of ids)
    while ((await runRow(database.db, id)).status !== 'succeeded')
      await new Promise((resolve) => setTimeout(resolve, 20))
  return RUNS * plain.length
}

interface Case {
  readonly name: string
  readonly count: number
  readonly flow: readonly FlowStep[]
}
const cases: readonly Case[] = [
  { name: 'none', count: 0, flow: gated },
  { name: `${waiting} waiting at gates`, count: waiting, flow: gated },
  { name: '1000 ended', count: 1_000, flow: plain },
  { name: '100000 ended', count: 100_000, flow: plain },
]

async function one(server: BenchServer, { name, count, flow }: Case, number: number): Promise<void> {
  const home = mkdtempSync(join(tmpdir(), 'devpilot-waiting-'))
  const url = await server.create(`waiting_${number}`)
  const database = await openDatabase({ url, home })
  try {
    const ctx = contextOf({ database, home })
    if (count > 0) {
      const { id } = await startRun({ ctx, input: { repository: home, task: 'Wait' } })
      await drain(scriptedEngine(database.db, (work) => goOn(work, flow, limits)))
      await asLogin(url, (db) => copies(db, id, count - 1))
    }
    const idle = await measure(database, async () => {
      await new Promise((resolve) => setTimeout(resolve, seconds * 1_000))
      return 0
    })
    const load = await measure(database, (wake) => underLoad(database, home, wake))
    const f = (value: number, width = 9) => value.toFixed(2).padStart(width)
    console.log(
      `| ${name.padEnd(22)} | ${f(idle.queries)} | ${f(idle.claims)} | ${f(idle.claimP50)} | ${f(load.steps)} | ${f(load.claims)} | ${f(load.queries)} | ${f(load.claimP50)} | ${f(load.claimP95)} |`,
    )
  } finally {
    await database.close()
    rmSync(home, { recursive: true, force: true })
  }
}

exitOnSignals()
const server = await startServer()
console.log(
  `${await server.settings()}; one worker with ${SLOTS} slots, ${seconds} s idle, then ${RUNS} runs of ${plain.length} steps`,
)
console.log(
  '|                        | idle                              ||| under load                                            |||||',
)
console.log(
  '| runs beside            | queries/s |  claims/s |  ms claim |   steps/s |  claims/s | queries/s | claim p50 | claim p95 |',
)
console.log(
  '|------------------------|-----------|-----------|-----------|-----------|-----------|-----------|-----------|-----------|',
)
for (const [number, each] of cases.entries()) await one(server, each, number)
await server.stop()
process.exit(0)
