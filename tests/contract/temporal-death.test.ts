import { type ChildProcess, spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { asc, eq } from 'drizzle-orm'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { auditLog, beads, jobs, runs, turns } from '@/drizzle/schema'
import type { Db } from '@/lib/db/client'
import { packageRoot } from '@/lib/root'
import { verifyAudit } from '@/lib/services/audit/verify'
import { describePostgres, type TestDatabase } from '../support/database'
import { goOn, runRow, scriptedRunner } from '../support/scripted-engine'
import { contextOf, someRun } from '../support/services'
import { haveTemporal, startTemporal, type TemporalServer } from '../support/temporal'
import { drivenByTemporal } from '../support/temporal-engine'

const heartbeatMs = 3_000

interface Process {
  readonly child: ChildProcess
  /** Resolves with the text so far once it holds `words`; rejects when the process is gone before. */
  until(words: string): Promise<string>
  ended(): Promise<void>
}

describe.skipIf(!haveTemporal())('under Temporal', () => {
  let server: TemporalServer
  const started: ChildProcess[] = []
  beforeAll(async () => {
    server = await startTemporal()
  })
  afterEach(() => {
    for (const child of started.splice(0)) child.kill('SIGKILL')
  })
  afterAll(() => server.stop())

  const worker = ({ home, url }: TestDatabase, taskQueue: string, hang: boolean): Process => {
    const script = join(home, 'asked')
    const input = { home, url, script, hang, temporal: { address: server.address, taskQueue, heartbeatMs } }
    const program = join(packageRoot(), 'tests/support/worker-process.ts')
    const child = spawn(process.execPath, ['--import', './cli/loader.mjs', program, JSON.stringify(input)], {
      cwd: packageRoot(),
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    started.push(child)
    let text = ''
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (text += String(chunk)))
    const ended = new Promise<void>((resolve) => child.once('close', () => resolve()))
    const until = async (words: string): Promise<string> => {
      while (!text.includes(words)) {
        if (child.exitCode !== null || child.signalCode !== null) throw new Error(`it ended: ${text}`)
        await sleep(50)
      }
      return text
    }
    return { child, until, ended: () => ended }
  }
  const untilStatus = async (db: Db, run: string, status: string): Promise<void> => {
    while ((await runRow(db, run)).status !== status) await sleep(100)
  }
  const asked = ({ home }: TestDatabase) => readFileSync(join(home, 'asked'), 'utf8').length
  const stepsOf = async (db: Db, run: string) =>
    (await db.select().from(beads).where(eq(beads.runId, run)).orderBy(asc(beads.seq))).map(
      ({ step, status }) => `${step} ${status}`,
    )
  const all = ['prepare completed', 'coder completed', 'reviewer completed']

  describePostgres((open) => {
    test('SIGKILL in the middle of a step: another goes on from its last turn, and nothing is asked twice', async () => {
      const opened = await open()
      const { db } = opened.database
      const run = await someRun(contextOf(opened))
      const first = worker(opened, 'killed', true)
      await first.until('hanging')
      first.child.kill('SIGKILL')
      await first.ended()
      expect(asked(opened)).toBe(2)
      const second = worker(opened, 'killed', false)
      await untilStatus(db, run, 'succeeded')
      expect(await second.until('began')).toContain('began')
      expect(asked(opened)).toBe(3)
      expect(await stepsOf(db, run)).toEqual(all)
      const kept = await db.select().from(turns).where(eq(turns.runId, run))
      expect(kept).toHaveLength(3)
      expect(await verifyAudit({ ctx: contextOf(opened), input: { run } })).toMatchObject({ ok: true })
    }, 120_000)

    test('SIGSTOP past the heartbeat and SIGCONT: the stale attempt is refused and writes nothing', async () => {
      const opened = await open()
      const { db } = opened.database
      const run = await someRun(contextOf(opened))
      const first = worker(opened, 'stopped', true)
      await first.until('hanging')
      first.child.kill('SIGSTOP')
      const second = worker(opened, 'stopped', true)
      await second.until('polling')
      // Both are in the middle of the same step now, and both mean to write.
      await second.until('hanging')
      first.child.kill('SIGCONT')
      expect(await first.until('late write')).toContain('late write: lease_lost')
      expect(await first.until('refused')).toMatch(/refused: (?:lease_lost|cancelled)/)
      await untilStatus(db, run, 'succeeded')
      const before = await stateOf(db, run)
      await sleep(1_000)
      expect(await stateOf(db, run)).toEqual(before)
      expect(asked(opened)).toBe(3)
      expect(await stepsOf(db, run)).toEqual(all)
      second.child.kill('SIGTERM')
      await second.until('stopped')
    }, 120_000)

    test('SIGTERM in the middle of a step: it is handed back at once, and not counted as a death', async () => {
      const opened = await open()
      const { db } = opened.database
      const run = await someRun(contextOf(opened))
      const first = worker(opened, 'drained', true)
      await first.until('hanging')
      const second = worker(opened, 'drained', false)
      await second.until('polling')
      first.child.kill('SIGTERM')
      await first.until('stopped')
      await untilStatus(db, run, 'succeeded')
      expect(asked(opened)).toBe(3)
      expect(await stepsOf(db, run)).toEqual(all)
    }, 120_000)

    test('the server killed in the middle of a run and started again: new runs are taken on, and all go on', async () => {
      const opened = await open()
      const ctx = contextOf(opened)
      const run = await someRun(ctx)
      let hold: (() => void) | undefined
      const held = new Promise<void>((resolve) => {
        hold = resolve
      })
      let reached: (() => void) | undefined
      const there = new Promise<void>((resolve) => {
        reached = resolve
      })
      const runner = scriptedRunner(ctx.db, async (work) => {
        if (work.bead.step === 'coder' && work.run.id === run) {
          reached?.()
          await held
        }
        return goOn(work, ['prepare', 'coder', 'reviewer'])
      })
      const driven = await drivenByTemporal(ctx.db, runner, {
        address: server.address,
        taskQueue: 'restarted',
      })
      await driven.hand()
      await there
      await server.kill()
      const later = await someRun(ctx)
      await driven.hand()
      const [job] = await ctx.db.select().from(jobs).where(eq(jobs.runId, later))
      expect(job).toMatchObject({ leaseOwner: null, failures: 0 })
      hold?.()
      await sleep(2_000)
      await server.start()
      while ((await runRow(ctx.db, later)).status !== 'succeeded') {
        await driven.hand()
        await sleep(200)
      }
      await untilStatus(ctx.db, run, 'succeeded')
      expect(await stepsOf(ctx.db, run)).toEqual(all)
      await driven.stop()
    }, 120_000)
  })
})

/** All that a stale write could have changed. */
async function stateOf(db: Db, run: string) {
  const [row] = await db.select().from(runs).where(eq(runs.id, run))
  const kept = await db.select().from(turns).where(eq(turns.runId, run)).orderBy(asc(turns.seq))
  const did = await db.select().from(beads).where(eq(beads.runId, run)).orderBy(asc(beads.seq))
  const said = await db.select().from(auditLog).where(eq(auditLog.runId, run)).orderBy(asc(auditLog.seq))
  return { row, kept, did, said }
}
