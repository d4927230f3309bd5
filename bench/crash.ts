/**
 * What is lost when anything dies: runs of a ten-step flow while workers are killed at random and right before and
 * after every effect, frozen past their lease and let go on, and the database is restarted under them. Prints what
 * was lost, done twice, paid twice and refused, and how long it took to go on. Asserts nothing.
 * `npx tsx bench/crash.ts [runs] [--only postgres,apart,pglite,temporal] [--workers 4] [--calm]`
 */
import { parseArgs } from 'node:util'
import { haveTemporal } from '@/tests/support/temporal'
import { printReport } from './crash/report'
import { crash, type Plan } from './crash/scenario'
import { exitOnSignals } from './support/exit'

const { values: flags, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    only: { type: 'string' },
    workers: { type: 'string', default: '4' },
    calm: { type: 'boolean', default: false },
  },
})
const runs = Number(positionals[0] ?? 200)
const wanted = flags.only?.split(',') ?? ['postgres', 'apart', 'pglite', 'temporal']

exitOnSignals()
const share = (part: number, least = 1) => Math.max(least, Math.round(runs / part))
const plans: Readonly<Record<string, Plan>> = {
  postgres: {
    name: 'embedded on PostgreSQL',
    database: 'postgres',
    runs,
    workers: Number(flags.workers),
    concurrency: 2,
    // Some eleven kinds of calls to the outside, three moments each.
    killsEach: share(40),
    pauseMs: 500,
    randomKills: { times: share(4), every: [500, 4_000] },
    // The lease is 45 seconds.
    freezes: { times: share(50), forMs: 50_000 },
    restarts: { times: share(50, 2), everyMs: 25_000 },
    patienceMs: 1_800_000,
    leaseMs: null,
  },
  apart: {
    name: 'embedded on PostgreSQL, every worker as if on a machine of its own',
    database: 'postgres',
    apart: true,
    runs: share(4),
    workers: Number(flags.workers),
    concurrency: 2,
    killsEach: 0,
    pauseMs: 0,
    randomKills: { times: share(8), every: [500, 4_000] },
    freezes: { times: 2, forMs: 50_000 },
    restarts: { times: 0, everyMs: 0 },
    patienceMs: 1_800_000,
    leaseMs: null,
  },
  temporal: {
    name: 'DevPilot on Temporal, PostgreSQL',
    database: 'postgres',
    temporal: true,
    runs,
    workers: Number(flags.workers),
    concurrency: 4,
    killsEach: share(40),
    pauseMs: 1_000,
    randomKills: { times: share(4), every: [500, 4_000] },
    freezes: { times: share(50), forMs: 50_000 },
    restarts: { times: share(50, 2), everyMs: 25_000 },
    patienceMs: 1_800_000,
    leaseMs: null,
  },
  pglite: {
    name: 'embedded on PGlite',
    database: 'pglite',
    runs: share(4),
    workers: 1,
    concurrency: 4,
    killsEach: 0,
    pauseMs: 0,
    randomKills: { times: 50, every: [100, 5_000] },
    freezes: { times: 0, forMs: 0 },
    restarts: { times: 0, everyMs: 0 },
    patienceMs: 1_800_000,
    leaseMs: null,
  },
}
for (const name of wanted) {
  const plan = plans[name]
  if (!plan) throw new Error(`There is no "${name}": ${Object.keys(plans).join(', ')}.`)
  // Said loudly by haveTemporal() itself.
  if (plan.temporal && !haveTemporal()) continue
  // The same without any death: what the figures are when nothing goes wrong.
  const calm = { killsEach: 0, randomKills: { times: 0, every: [0, 0] as const } }
  const still = { freezes: { times: 0, forMs: 0 }, restarts: { times: 0, everyMs: 0 } }
  const played = flags.calm ? { ...plan, ...calm, ...still } : plan
  printReport(played, await crash(played, (text) => process.stderr.write(`${text}\n`)))
}
process.exit(0)
