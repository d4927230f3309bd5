import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { and, eq, like } from 'drizzle-orm'
import { jobs } from '@/drizzle/schema'
import { type Database, openDatabase } from '@/lib/db/client'
import { contextOf } from '@/tests/support/services'
import { startTemporal } from '@/tests/support/temporal'
import { startServer } from '../support/postgres'
import { freezeSome, killSome, restartSome, wait } from './chaos'
import { count, type Death, type Figures } from './figures'
import { type Herd, startHerd } from './herd'
import type { WorkerGiven } from './messages'
import { furnish, startWorld } from './outside-world'
import { approveAll, ask, counts } from './people'

export interface Plan {
  readonly name: string
  readonly database: 'postgres' | 'pglite'
  /** Drives the runs instead of the embedded engine. */
  readonly temporal?: boolean
  readonly runs: number
  readonly workers: number
  /** Runs that one worker has at once. */
  readonly concurrency: number
  /** Deaths at each moment of each kind of call to the outside. */
  readonly killsEach: number
  /** Each kind of call kills at one moment only, not at all three. */
  readonly oneMoment?: boolean
  /** Between two of those, in milliseconds. */
  readonly pauseMs: number
  readonly randomKills: { readonly times: number; readonly every: readonly [number, number] }
  /** Workers that are stopped for longer than their lease and then go on. */
  readonly freezes: { readonly times: number; readonly forMs: number }
  /** Restarts of the database, a crash and an orderly one in turn. */
  readonly restarts: { readonly times: number; readonly everyMs: number }
  /** After so long what has not ended counts as lost. */
  readonly patienceMs: number
  /** Every worker as if on a machine of its own: a dead one's runs are free when its lease is over, not before. */
  readonly apart?: boolean
  /** How long a silent worker is waited for, in milliseconds; null: as shipped. */
  readonly leaseMs: number | null
}

export interface Report extends Figures {
  readonly accepted: number
  readonly seconds: number
  readonly kills: number
  readonly points: readonly (readonly [string, number])[]
  readonly freezes: number
  readonly restarts: readonly string[]
  readonly stale: readonly (readonly [string, number])[]
  readonly errors: readonly (readonly [string, number])[]
}

/** Plays the plan to its end, or until patience is over, and counts. */
export async function crash(plan: Plan, say: (text: string) => void): Promise<Report> {
  const home = mkdtempSync(join(tmpdir(), 'devpilot-crash-'))
  const began = Date.now()
  const seconds = () => (Date.now() - began) / 1_000
  const server = plan.database === 'postgres' ? await startServer({ maxConnections: 300 }) : null
  const url = server ? await server.create('crash') : null
  const open = () => openDatabase(url === null ? { home } : { url, home })
  const database = server ? await open() : null
  const temporal = plan.temporal ? await startTemporal() : null
  const deaths: Death[] = []
  let kills = 0
  let herd: Herd | null = null
  const note = (how: Death['how'], pid: number, at: number): void => {
    if (how === 'kill') kills += 1
    const had = new Set(herd?.runsOf(pid))
    deaths.push({ how, at, runs: had })
    // What it had taken up and could not say any more: the dead and the frozen let no lease go.
    if (database)
      leasesOf(database, pid).then(
        (more) =>
          more.forEach((run) => {
            had.add(run)
          }),
        () => undefined,
      )
  }
  const world = await startWorld(worldOf(plan), ({ killed, at }) => note('kill', killed, at))
  try {
    await furnish(world, home, plan.runs)
    const { concurrency, leaseMs } = plan
    const alone = server ? null : { runs: plan.runs }
    const given: WorkerGiven = {
      url,
      home,
      world: world.url,
      token: world.token,
      concurrency,
      leaseMs,
      alone,
      apart: plan.apart ?? false,
      temporal: temporal?.address ?? null,
    }
    herd = startHerd(given, plan.workers)
    const { accepted } = herd
    world.killing(true)
    const chaos = new AbortController()
    const restarts: { mode: string; at: number }[] = []
    const work = [
      server ? restartSome(server, plan.restarts, chaos.signal, restarts) : null,
      freezeSome(herd, plan.freezes, chaos.signal, (pid, at) => note('stop', pid, at)),
      killSome(herd, plan.randomKills, chaos.signal, (pid, at) => note('kill', pid, at)),
    ]
    await untilDone(plan, database, herd, home, (remaining) =>
      say(`${plan.name}: ${seconds().toFixed(0)} s, ${remaining} runs left, ${kills} kills`),
    )
    chaos.abort()
    await Promise.all(work)
    const { answers, points } = await world.ledger()
    await herd.end()
    await database?.close()
    const after = await open()
    const figures = await count({
      db: after.db,
      world,
      accepted,
      answers,
      deaths,
      outages: restarts.map(({ at }) => at),
    })
    await after.close()
    return {
      ...figures,
      accepted: accepted.length,
      seconds: seconds(),
      kills,
      points,
      freezes: deaths.filter(({ how }) => how === 'stop').length,
      restarts: restarts.map(({ mode }) => mode),
      stale: [...herd.stale],
      errors: [...herd.errors],
    }
  } finally {
    await herd?.end()
    world.stop()
    await temporal?.stop()
    await server?.stop()
    rmSync(home, { recursive: true, force: true })
  }
}

/** Owners are `host:pid:start`. */
async function leasesOf({ db }: Database, pid: number): Promise<string[]> {
  const rows = await db
    .select({ run: jobs.runId })
    .from(jobs)
    .where(and(eq(jobs.state, 'leased'), like(jobs.leaseOwner, `%:${pid}:%`)))
  return rows.flatMap(({ run }) => run ?? [])
}

const worldOf = ({ killsEach, pauseMs, oneMoment = false }: Plan) => ({ killsEach, pauseMs, oneMoment })

/**
 * Asks for runs and decides gates as people would, until every run has ended or nobody has patience any more. There
 * are never more runs than places for them: what a run waits for is then its recovery, and not its turn.
 */
async function untilDone(
  plan: Plan,
  database: Database | null,
  herd: Herd,
  home: string,
  tell: (left: number) => void,
): Promise<void> {
  const began = Date.now()
  for (let round = 0; Date.now() - began < plan.patienceMs; round += 1) {
    await wait(100)
    // A database that is away is asked again.
    const open = database ? await people(plan, database, herd, home).catch(() => null) : herd.left()
    const asked = herd.accepted.length
    if (open === 0 && asked >= plan.runs) return
    if (round % 100 === 0) tell(plan.runs - asked + (open ?? 0))
  }
}

/** @returns runs that have not ended */
async function people(plan: Plan, database: Database, { accepted }: Herd, home: string): Promise<number> {
  const ctx = contextOf({ database, home })
  await approveAll(ctx)
  let { open } = await counts(database.db)
  for (; open < plan.workers * plan.concurrency && accepted.length < plan.runs; open += 1)
    accepted.push(await ask(ctx, accepted.length + 1))
  return open
}
