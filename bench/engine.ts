/**
 * What an engine itself costs per step, with no model and no tools: ten steps that end at once and a gate that is
 * decided at once, on the embedded engine, on Temporal and on LangGraph, in one run. Asserts nothing.
 * `npx tsx bench/engine.ts [runs] [--rounds 3] [--profile] [--only postgres,temporal] [--at-once 1,8,64] [--no-fsync]
 * [--temporal PATH]`
 */
import { execFileSync, fork } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { cpus, loadavg, tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { packageRoot } from '@/lib/root'
import { type Job, type Measured, STEPS } from './engine/subject'
import { printRatios, printTable, type Result, resultOf } from './engine/table'
import { exitOnSignals } from './support/exit'
import { type BenchServer, startServer } from './support/postgres'
import { findTemporal, startTemporal, type TemporalServer } from './support/temporal-server'

const { values: flags, positionals } = parseArgs({
  allowPositionals: true,
  allowNegative: true,
  options: {
    rounds: { type: 'string', default: '1' },
    profile: { type: 'boolean', default: false },
    only: { type: 'string' },
    'at-once': { type: 'string', default: '1,8,64' },
    fsync: { type: 'boolean', default: true },
    temporal: { type: 'string' },
  },
})
const runs = Number(positionals[0] ?? 40)

const subjects = [
  'postgres',
  'pglite',
  'devpilot-temporal',
  'temporal memory',
  'temporal file',
  'temporal tuned',
  'langgraph async',
  'langgraph sync',
] as const
type Subject = (typeof subjects)[number]

/** The dev server's one shard looks for work 20 times a second; a production server has hundreds of shards. */
const TUNED = ['--dynamic-config-value', 'history.transferProcessorMaxPollRPS=10000']

const needsTemporal = (subject: Subject): boolean => subject.includes('temporal')

function say(text: string): void {
  process.stderr.write(`${text}\n`)
}

/** Installs what the comparison needs, beside it. False, and said loudly, without a registry. */
function installPeers(): boolean {
  const folder = join(packageRoot(), 'bench', 'peers')
  if (existsSync(join(folder, 'node_modules', '@langchain', 'langgraph'))) return true
  say('Installing what is compared with, into bench/peers/node_modules.')
  try {
    execFileSync('npm', ['ci', '--no-audit', '--no-fund'], { cwd: folder, stdio: ['ignore', 2, 2] })
    return true
  } catch (error) {
    say(`\n!! LEFT OUT: LangGraph: it could not be installed: ${String(error)}\n`)
    return false
  }
}

/** What takes longer hangs: its row is left out. */
const LIMIT_MS = 300_000

async function inOwnProcess(job: Job): Promise<Measured> {
  const program = join(packageRoot(), 'bench', 'engine', 'measure.ts')
  const child = fork(program, { execArgv: ['--import', './cli/loader.mjs'], cwd: packageRoot() })
  const measured = new Promise<Measured>((resolve, reject) => {
    child.once('message', (message: Measured) => resolve(message))
    child.once('exit', (code) => reject(new Error(`${job.subject} ended with ${code}.`)))
  })
  child.send(job)
  const late = setTimeout(() => child.kill('SIGKILL'), LIMIT_MS)
  return measured.finally(() => clearTimeout(late))
}

interface Place {
  readonly postgres: BenchServer
  readonly program: string | null
}

let databases = 0

async function measure({ postgres, program }: Place, subject: Subject, atOnce: number): Promise<Result> {
  const home = mkdtempSync(join(tmpdir(), 'devpilot-bench-'))
  let temporal: TemporalServer | null = null
  try {
    if (needsTemporal(subject) && program) {
      const file = subject === 'temporal file' ? ['--db-filename', join(home, 'temporal.db')] : []
      temporal = await startTemporal(program, [
        ...file,
        ...(subject === 'temporal tuned' || subject === 'devpilot-temporal' ? TUNED : []),
      ])
    }
    databases += 1
    const url = await postgres.create(`bench_${databases}`)
    const measured = await inOwnProcess({
      subject,
      url,
      home,
      temporal: temporal?.address ?? null,
      atOnce,
      runs: Math.max(runs, 2 * atOnce),
      profile: flags.profile && subject === 'postgres',
      serverPid: temporal?.pid ?? postgres.pid,
    })
    return resultOf(measured, atOnce, subject === 'pglite' ? null : measured.serverMs)
  } finally {
    await temporal?.stop()
    rmSync(home, { recursive: true, force: true })
  }
}

async function main(): Promise<void> {
  const only = flags.only?.split(',')
  const wanted = subjects.filter(
    (name) => !only || only.includes(name) || only.includes(name.split(' ')[0] ?? ''),
  )
  const program = flags.temporal ?? findTemporal()
  if (wanted.some(needsTemporal) && !program)
    say('\n!! LEFT OUT: Temporal: no `temporal` program on PATH; name it with --temporal.\n')
  const peers = wanted.some((name) => name.startsWith('langgraph')) && installPeers()
  const there = wanted.filter(
    (name) => (program || !needsTemporal(name)) && (peers || !name.startsWith('langgraph')),
  )
  const postgres = await startServer({ fsync: flags.fsync, maxConnections: 200 })
  console.log(
    `${await postgres.settings()}; ${cpus().length} cores, load ${loadavg()[0]?.toFixed(1)}; Node ${process.version}`,
  )
  console.log(
    `A run is ${STEPS.length - 1} steps and a gate; p50 and p95: from one step of a run to its next.`,
  )
  const results = new Map<string, Result[]>()
  try {
    // Side by side: what a busy machine does to one it does to the next.
    for (const atOnce of flags['at-once'].split(',').map(Number)) {
      for (let round = 0; round < Number(flags.rounds); round += 1) {
        for (const subject of there) {
          const key = `${subject}:${atOnce}`
          const result = await measure({ postgres, program }, subject, atOnce).catch((error: unknown) =>
            say(`\n!! LEFT OUT: ${key}: ${String(error)}\n`),
          )
          if (!result) continue
          say(`${key} ${result.stepsPerSecond.toFixed(0)} steps/s, load ${loadavg()[0]?.toFixed(1)}`)
          results.set(key, [...(results.get(key) ?? []), result])
        }
      }
    }
  } finally {
    await postgres.stop()
  }
  printTable(results)
  printRatios(results)
  for (const [key, [first]] of results) {
    if (first && first.profile.length > 0)
      console.log(`\n${key.replace(':', ', ')} at once: ${first.profile.join('\n')}`)
  }
}

exitOnSignals()
await main()
