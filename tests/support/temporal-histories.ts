/**
 * Runs that are driven under Temporal for their histories, which tests/fixtures/temporal keeps: `tsx
 * tests/support/temporal-histories.ts [name…]` records them (or those alone) anew, after a change of the workflow that `patched()` cannot
 * carry or with more of its ways. A recorded history is a promise to workflows that are under way.
 */
import { mkdirSync, writeFileSync } from 'node:fs'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { eq, sql } from 'drizzle-orm'
import { gates, jobs } from '@/drizzle/schema'
import type { FlowStep } from '@/lib/core/flow'
import { openDatabase } from '@/lib/db/client'
import { createStore } from '@/lib/db/store'
import { createTemporalStore } from '@/lib/db/temporal'
import { workflowId } from '@/lib/engine/temporal/contract'
import { packageRoot } from '@/lib/root'
import { decideGate } from '@/lib/services/gates/decide'
import { signalRun } from '@/lib/services/runs/signal'
import { temporaryFolder } from './cli'
import { startPostgres } from './postgres'
import { goOn, passTime, runRow, type Script, scriptedRunner } from './scripted-engine'
import { contextOf, someRun } from './services'
import { startTemporal } from './temporal'
import { type DrivenByTemporal, drivenByTemporal, heldClaim, type TemporalParts } from './temporal-engine'
import { gatePolicy } from './walk'

const flow: readonly FlowStep[] = ['prepare', 'planner', 'coder', 'reviewer', 'tester', 'merge']
const gated: readonly FlowStep[] = ['prepare', 'coder', 'gate:pre-merge-main', 'merge']

const only = process.argv.slice(2)
const folder = join(packageRoot(), 'tests/fixtures/temporal')
mkdirSync(folder, { recursive: true })
const postgres = await startPostgres()
const server = await startTemporal()
const home = temporaryFolder()
const database = await openDatabase({ url: await postgres.create(), home })
const { db } = database
const ctx = contextOf({ database, home })

/** One run by a script of its own; its workflow's last execution, and those before it. */
async function record(
  name: string,
  script: Script,
  during: (run: string, driven: DrivenByTemporal) => Promise<void>,
  more: Pick<TemporalParts, 'maxEvents' | 'claimRun'> = {},
): Promise<void> {
  if (only.length > 0 && !only.includes(name)) return
  const driven = await drivenByTemporal(db, scriptedRunner(db, script), {
    address: server.address,
    taskQueue: name,
    heartbeatMs: 2_000,
    ...more,
  })
  const run = await someRun(ctx)
  await during(run, driven)
  const ended = (await runRow(db, run)).endedAt !== null
  const latest = driven.client.workflow.getHandle(workflowId(run))
  while (ended && (await latest.describe()).status.name === 'RUNNING') await sleep(100)
  await sleep(1_000)
  const runs = []
  for await (const one of driven.client.workflow.list({ query: `WorkflowId = '${workflowId(run)}'` }))
    runs.push(one)
  for (const [i, { runId }] of runs.reverse().entries()) {
    const asked = [
      'workflow',
      'show',
      '--workflow-id',
      workflowId(run),
      '--run-id',
      runId,
      '--output',
      'json',
    ]
    const history: { events: unknown[] } = JSON.parse(server.cli(...asked))
    const file = join(folder, `${name}${runs.length > 1 ? `-${i + 1}` : ''}.json`)
    writeFileSync(file, `${JSON.stringify(history).replaceAll(hostname(), 'a-worker')}\n`)
    process.stdout.write(`${file}: ${history.events.length} events\n`)
  }
  await driven.stop()
}

const untilEnded = async (run: string, driven: DrivenByTemporal): Promise<void> => {
  await driven.quiet()
  if ((await runRow(db, run)).endedAt === null)
    throw new Error(`the run is ${(await runRow(db, run)).status}`)
}

await record('straight', (work) => goOn(work, flow), untilEnded)

await record(
  'gate',
  (work) => goOn(work, gated),
  async (run, driven) => {
    await driven.quiet()
    const [gate] = await db.select().from(gates).where(eq(gates.runId, run))
    if (!gate) throw new Error('no gate was opened')
    await decideGate({ ctx, input: { gate: gate.id, decision: 'approve', evidence: gate.evidenceHash } })
    await untilEnded(run, driven)
  },
)

await record(
  'gate-lapsed',
  (work) => goOn(work, gated),
  async (run, driven) => {
    await driven.quiet()
    // Nobody hands it over: the workflow's own timer finds the time come.
    await db.update(jobs).set({ dueAt: sql`now() + interval '2 seconds'` }).where(eq(jobs.runId, run))
    const handle = driven.client.workflow.getHandle(workflowId(run))
    await handle.executeUpdate('nudge')
    await sleep(4_000)
    await signalRun({ ctx, input: { run, kind: 'cancel' } })
    await handle.signal('changed')
    await handle.executeUpdate('nudge').catch(() => undefined)
  },
)

const errors: unknown[] = ['model_error', 'model_error']
await record(
  'errors',
  (work) => {
    if (work.bead.step === 'coder' && errors.pop())
      return { kind: 'error', transient: true, code: 'model_error', message: 'busy' }
    if (work.bead.step === 'reviewer') return { kind: 'fixed' }
    return goOn(work, flow)
  },
  untilEnded,
)

await record(
  'lost',
  async (work) => {
    if (work.bead.step !== 'coder' || work.bead.attempt > 1) return goOn(work, flow)
    await new Promise<void>((resolve) =>
      work.signal.addEventListener('abort', () => resolve(), { once: true }),
    )
    throw work.signal.reason
  },
  async (run, driven) => {
    await driven.hand()
    while ((await runRow(db, run)).step !== 'coder') await sleep(50)
    await sleep(300)
    await signalRun({ ctx, input: { run, kind: 'cancel' } })
    await signalRun({ ctx, input: { run, kind: 'retry', from: 'coder' } })
    await driven.client.workflow.getHandle(workflowId(run)).signal('changed')
    await sleep(500)
    await passTime(db, run, 'wait').catch(() => undefined)
    await untilEnded(run, driven)
  },
)

await record('continued', (work) => goOn(work, flow), untilEnded, { maxEvents: 40 })

const lapsing = gatePolicy('pre-merge-main', { timeoutHours: 1 / 3600, onTimeout: 'auto_approve' })
const { claimRun, asked, goOnOnceNudged } = heldClaim(createTemporalStore(db, createStore(db)))
await record(
  'late-nudge',
  (work) => goOn(work, gated, { gates: [lapsing] }),
  async (run, driven) => {
    await driven.hand()
    await asked
    const handle = driven.client.workflow.getHandle(workflowId(run))
    const nudge = handle.executeUpdate('nudge')
    await goOnOnceNudged(handle)
    await nudge
    // Before version 2 the nudge was lost with the claim that came to nothing: another one finds the run.
    await handle.executeUpdate('nudge').catch(() => undefined)
    await untilEnded(run, driven)
  },
  { claimRun },
)

await database.close()
await server.stop()
await postgres.stop()
process.exit(0)
