/** One engine at one number of runs at once, in a process of its own: forked by bench/engine.ts with a Job. */
import { randomUUID } from 'node:crypto'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { packageRoot } from '@/lib/root'
import { cpuMsOf } from '../support/cpu'
import { startProfile } from './profile'
import { type Job, type Measured, type Open, STEPS } from './subject'

const openers: Readonly<Record<string, () => Promise<{ open: Open }>>> = {
  postgres: async () => ({ open: (await import('./embedded')).openPostgres }),
  pglite: async () => ({ open: (await import('./embedded')).openPglite }),
  'devpilot-temporal': async () => ({ open: (await import('./embedded')).openOnTemporal }),
  temporal: () => import('./temporal'),
  // By its path: its packages are installed beside it, on demand, and are none of this project's.
  langgraph: () => import(pathToFileURL(join(packageRoot(), 'bench', 'peers', 'langgraph.mjs')).href),
}

async function measure(job: Job): Promise<Measured> {
  const last = new Map<string, number>()
  let waits: number[] = []
  const stamp = (run: string): void => {
    const now = performance.now()
    const before = last.get(run)
    if (before !== undefined) waits.push(now - before)
    last.set(run, now)
  }
  const load = openers[job.subject.split(' ')[0] ?? '']
  if (!load) throw new Error(`There is no engine "${job.subject}".`)
  const profile = job.profile ? startProfile() : null
  const { open } = await load()
  const subject = await open({ ...job, steps: STEPS, stamp })
  await lanes(job.atOnce, Math.max(3, job.atOnce), (id) => subject.run(id))
  waits = []
  profile?.clear()
  const serverBefore = cpuMsOf(job.serverPid)
  const cpu = process.cpuUsage()
  const began = performance.now()
  await lanes(job.atOnce, job.runs, (id) => subject.run(id))
  const ms = performance.now() - began
  const { user, system } = process.cpuUsage(cpu)
  const serverAfter = cpuMsOf(job.serverPid)
  const lines = profile?.lines(job.runs, ms) ?? []
  await subject.close()
  const sorted = waits.sort((a, b) => a - b)
  const at = (share: number) => sorted[Math.floor((sorted.length - 1) * share)] ?? Number.NaN
  const cpuMs = (user + system) / 1_000
  const serverMs = serverBefore === null || serverAfter === null ? null : serverAfter - serverBefore
  return { runs: job.runs, ms, p50: at(0.5), p95: at(0.95), cpuMs, serverMs, profile: lines }
}

/** So many runs, never more than so many at a time: when one ends the next is asked for. */
async function lanes(atOnce: number, runs: number, run: (id: string) => Promise<void>): Promise<void> {
  let left = runs
  const lane = async (): Promise<void> => {
    while (left > 0) {
      left -= 1
      await run(randomUUID())
    }
  }
  await Promise.all(Array.from({ length: atOnce }, lane))
}

process.once('disconnect', () => process.exit(1))
process.once('message', (job: Job) => {
  measure(job).then(
    (measured) => process.send?.(measured, () => process.exit(0)),
    (error: unknown) => {
      console.error(error)
      process.exit(1)
    },
  )
})
