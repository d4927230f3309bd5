import { setTimeout as sleep } from 'node:timers/promises'
import { eq } from 'drizzle-orm'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { auditLog, beads, gates, jobs } from '@/drizzle/schema'
import type { FlowStep } from '@/lib/core/flow'
import type { Db } from '@/lib/db/client'
import { createStore } from '@/lib/db/store'
import { createTemporalStore } from '@/lib/db/temporal'
import { type View, workflowId } from '@/lib/engine/temporal/contract'
import { workflowVersionOf } from '@/lib/engine/temporal/deployment'
import { mendLeases } from '@/lib/engine/temporal/reconcile'
import { decideGate } from '@/lib/services/gates/decide'
import { signalRun } from '@/lib/services/runs/signal'
import { describePostgres } from '../support/database'
import { goOn, runRow, type Script, scriptedRunner } from '../support/scripted-engine'
import { contextOf, someRun } from '../support/services'
import { haveTemporal, startTemporal, type TemporalServer } from '../support/temporal'
import {
  type DrivenByTemporal,
  drivenByTemporal,
  heldClaim,
  type TemporalParts,
} from '../support/temporal-engine'
import { gatePolicy } from '../support/walk'

const short: readonly FlowStep[] = ['prepare', 'coder', 'reviewer']
const gated: readonly FlowStep[] = ['prepare', 'coder', 'gate:pre-merge-main', 'merge']

test('a later version of the workflow is told by its build', () => {
  expect(['2-abc', '1-def', '', null, 'v1.0'].map(workflowVersionOf)).toEqual([2, 1, 0, 0, 0])
})

describe.skipIf(!haveTemporal())('under Temporal', () => {
  let server: TemporalServer
  beforeAll(async () => {
    server = await startTemporal()
  })
  afterAll(() => server.stop())

  describePostgres((open) => {
    let queues = 0
    const made: DrivenByTemporal[] = []
    afterEach(async () => {
      for (const driven of made.splice(0)) await driven.stop()
    })
    const driving = async (
      db: Db,
      script: Script,
      more: Pick<TemporalParts, 'maxEvents' | 'claimRun' | 'caps'> = {},
    ): Promise<DrivenByTemporal> => {
      const parts = { address: server.address, taskQueue: `own-${queues++}` }
      const driven = await drivenByTemporal(db, scriptedRunner(db, script), { ...parts, ...more })
      made.push(driven)
      return driven
    }
    const until = async (db: Db, run: string, what: Partial<Awaited<ReturnType<typeof runRow>>>) => {
      const holds = async () => {
        const row = await runRow(db, run)
        return Object.entries(what).every(([key, value]) => row[key as keyof typeof row] === value)
      }
      while (!(await holds())) await sleep(50)
    }
    /** The database is there first: the workflow hears of it by an activity's answer, and looks what it waits for. */
    const untilWaiting = async ({ client }: DrivenByTemporal, run: string): Promise<void> => {
      const handle = client.workflow.getHandle(workflowId(run))
      while ((await handle.query<View>('state')).doing !== 'waiting') await sleep(50)
      const isLooking = async () => ((await handle.describe()).raw.pendingActivities ?? []).length > 0
      while (await isLooking()) await sleep(50)
    }
    const jobOf = async (db: Db, run: string) => (await db.select().from(jobs).where(eq(jobs.runId, run)))[0]

    test('a person cancels in the middle of a step: it stops, and the workflow ends with the run', async () => {
      const ctx = contextOf(await open())
      const { db } = ctx
      const run = await someRun(ctx)
      let begun = false
      let stopped: unknown = null
      const driven = await driving(db, async (work) => {
        if (work.bead.step !== 'coder') return goOn(work, short)
        begun = true
        await new Promise<void>((resolve) => work.signal.addEventListener('abort', () => resolve()))
        stopped = work.hangUp.aborted
        throw work.signal.reason
      })
      await driven.hand()
      while (!begun) await sleep(50)
      const handle = driven.client.workflow.getHandle(workflowId(run))
      expect(await handle.query<View>('state')).toMatchObject({ doing: 'driving', step: 'coder' })
      await signalRun({ ctx, input: { run, kind: 'cancel' } })
      await handle.signal('changed')
      await handle.result()
      while (stopped === null) await sleep(50)
      expect(stopped).toBe(true)
      expect(await runRow(db, run)).toMatchObject({ status: 'cancelled' })
      const rows = await db.select().from(beads).where(eq(beads.runId, run))
      expect(rows.map(({ status }) => status)).toEqual(['completed', 'skipped'])
    })

    test('a gate lapses by the workflow’s own timer, where nobody hands runs over', async () => {
      const ctx = contextOf(await open())
      const { db } = ctx
      const run = await someRun(ctx)
      const policy = gatePolicy('pre-merge-main', { timeoutHours: 2 / 3600, onTimeout: 'auto_approve' })
      const driven = await driving(db, (work) => goOn(work, gated, { gates: [policy] }))
      await driven.hand()
      await until(db, run, { status: 'succeeded' })
      const [gate] = await db.select().from(gates).where(eq(gates.runId, run))
      expect(gate?.status).toBe('lapsed')
    })

    test('a decided gate is taken up by a nudge, which answers what the workflow does', async () => {
      const ctx = contextOf(await open())
      const { db } = ctx
      const run = await someRun(ctx)
      const driven = await driving(db, async (work) => {
        if (work.bead.step === 'merge') await sleep(1_000)
        return goOn(work, gated, { gates: [gatePolicy('pre-merge-main')] })
      })
      await driven.quiet()
      const handle = driven.client.workflow.getHandle(workflowId(run))
      await untilWaiting(driven, run)
      expect(await handle.query<View>('state')).toMatchObject({ step: 'gate:pre-merge-main', owner: null })
      const [gate] = await db.select().from(gates).where(eq(gates.runId, run))
      if (!gate) throw new Error('no gate was opened')
      await decideGate({ ctx, input: { gate: gate.id, decision: 'approve', evidence: gate.evidenceHash } })
      const answer = await handle.executeUpdate<View, []>('nudge')
      expect(answer.doing).toBe('driving')
      await handle.result()
      expect(await runRow(db, run)).toMatchObject({ status: 'succeeded' })
    })

    test('a run of many steps goes on as a new workflow before its history is long', async () => {
      const ctx = contextOf(await open())
      const run = await someRun(ctx)
      const driven = await driving(ctx.db, (work) => goOn(work, short), { maxEvents: 30 })
      await driven.quiet()
      expect(await runRow(ctx.db, run)).toMatchObject({ status: 'succeeded' })
      const list = JSON.parse(
        server.cli('workflow', 'list', '--query', `WorkflowId = '${workflowId(run)}'`, '--output', 'json'),
      )
      expect(list.length).toBeGreaterThan(1)
      expect(await ctx.db.select().from(beads).where(eq(beads.runId, run))).toHaveLength(3)
    })

    test('a workflow that was terminated: its run is found, put back, audited, and ends', async () => {
      const ctx = contextOf(await open())
      const { db } = ctx
      const run = await someRun(ctx)
      let times = 0
      const driven = await driving(db, async (work) => {
        if (work.bead.step === 'coder') times += 1
        if (work.bead.step === 'coder' && times === 1) {
          await new Promise<void>((resolve) => work.signal.addEventListener('abort', () => resolve()))
          throw work.signal.reason
        }
        return goOn(work, short)
      })
      const store = createTemporalStore(db, createStore(db))
      await driven.hand()
      while (times === 0) await sleep(50)
      expect(await mendLeases(store, driven.client)).toEqual([])
      await driven.client.workflow.getHandle(workflowId(run)).terminate('a test')
      expect(await mendLeases(store, driven.client)).toEqual([run])
      await driven.quiet()
      expect(await runRow(db, run)).toMatchObject({ status: 'succeeded' })
      const said = await db.select().from(auditLog).where(eq(auditLog.runId, run))
      expect(said.map(({ action }) => action)).toContain('run.reopened')
    })

    test('a job that its waiting workflow does not know of is taken up again', async () => {
      const ctx = contextOf(await open())
      const { db } = ctx
      const run = await someRun(ctx)
      const driven = await driving(db, (work) => goOn(work, gated, { gates: [gatePolicy('pre-merge-main')] }))
      const store = createTemporalStore(db, createStore(db))
      await driven.quiet()
      await untilWaiting(driven, run)
      const [gate] = await db.select().from(gates).where(eq(gates.runId, run))
      if (!gate) throw new Error('no gate was opened')
      await decideGate({ ctx, input: { gate: gate.id, decision: 'approve', evidence: gate.evidenceHash } })
      // A claim whose answer was lost on its way to the workflow.
      expect(await store.claimRun({ runId: run, orphan: null })).not.toBeNull()
      expect(await store.claimRun({ runId: run, orphan: null })).toBeNull()
      expect(await mendLeases(store, driven.client)).toEqual([run])
      await until(db, run, { status: 'succeeded' })
    })

    test('a nudge in the middle of a claim that comes to nothing is not lost with it', async () => {
      const ctx = contextOf(await open())
      const { db } = ctx
      const run = await someRun(ctx)
      const store = createTemporalStore(db, createStore(db))
      const { claimRun, asked, goOnOnceNudged } = heldClaim(store)
      const policy = gatePolicy('pre-merge-main', { timeoutHours: 1 / 3600, onTimeout: 'auto_approve' })
      const script: Script = (work) => goOn(work, gated, { gates: [policy] })
      const driven = await driving(db, script, { claimRun })
      await driven.hand()
      await asked
      const mended = mendLeases(store, driven.client)
      await goOnOnceNudged(driven.client.workflow.getHandle(workflowId(run)))
      expect(await mended).toEqual([run])
      await until(db, run, { status: 'succeeded' })
    })

    test('what Temporal keeps of a run has no secrets and nothing of its files', async () => {
      const ctx = contextOf(await open())
      const run = await someRun(ctx)
      const secret = `ghp_${'a'.repeat(30)}`
      const driven = await driving(ctx.db, (work) => {
        if (work.bead.step === 'coder') return { kind: 'out_of_iterations', reason: `it printed ${secret}` }
        return goOn(work, short)
      })
      await driven.quiet()
      const args = ['workflow', 'show', '--workflow-id', workflowId(run), '--output', 'json']
      const history = server.cli(...args)
      const payloads = [...history.matchAll(/"data": "([\w+/=]+)"/g)].map(([, data = '']) =>
        Buffer.from(data, 'base64').toString(),
      )
      expect(payloads.join()).toContain('it printed [redacted]')
      expect(payloads.join() + history).not.toContain(secret)
      expect((await runRow(ctx.db, run)).status).toBe('waiting_gate')
    })

    test('two who hand over at once give Temporal one claim each, and the run is driven once', async () => {
      const ctx = contextOf(await open())
      const runs = await Promise.all([someRun(ctx), someRun(ctx), someRun(ctx)])
      const begun: string[] = []
      const driven = await driving(ctx.db, (work) => {
        begun.push(`${work.run.id} ${work.bead.step}`)
        return goOn(work, short)
      })
      await Promise.all([driven.hand(), driven.hand()])
      await driven.quiet()
      for (const run of runs) expect(await runRow(ctx.db, run)).toMatchObject({ status: 'succeeded' })
      expect(begun.length).toBe(new Set(begun).size)
    })

    test('no more are at work than the cap, though each comes back from a delay of its own', async () => {
      const ctx = contextOf(await open())
      const runs = await Promise.all([someRun(ctx), someRun(ctx), someRun(ctx)])
      const seen = new Set<string>()
      let most = 0
      const script: Script = async (work) => {
        const leased = await ctx.db.select().from(jobs).where(eq(jobs.state, 'leased'))
        most = Math.max(most, leased.length)
        if (work.bead.step !== 'coder') return goOn(work, short)
        if (seen.has(work.run.id)) {
          await sleep(700)
          return goOn(work, short)
        }
        seen.add(work.run.id)
        return { kind: 'error', transient: true, code: 'model_error', message: 'busy', retryAfterMs: 400 }
      }
      const driven = await driving(ctx.db, script, { caps: { maxActive: 1 } })
      await driven.quiet()
      for (const run of runs) expect(await runRow(ctx.db, run)).toMatchObject({ status: 'succeeded' })
      expect(most).toBe(1)
      const lengths = await Promise.all(
        runs.map(
          async (run) => (await driven.client.workflow.getHandle(workflowId(run)).describe()).historyLength,
        ),
      )
      expect(Math.max(...lengths), 'a run that waits for a place asks for nothing meanwhile').toBeLessThan(
        200,
      )
    })

    test('attempts fence each other: an earlier one takes nothing, and no claim takes another’s', async () => {
      const ctx = contextOf(await open())
      const { db } = ctx
      const run = await someRun(ctx)
      const store = createTemporalStore(db, createStore(db))
      const held = await store.claimRun({ runId: run, orphan: null })
      if (!held) throw new Error('it was not ready')
      const lost = expect.objectContaining({ code: 'lease_lost' })
      const first = await store.take(held, 1)
      const third = await store.take(held, 3)
      await expect(store.take(held, 2)).rejects.toEqual(lost)
      await expect(store.take(held, 3)).rejects.toEqual(lost)
      expect([await store.holds(first), await store.holds(third)]).toEqual([false, true])
      await expect(store.rest(first)).rejects.toEqual(lost)
      await signalRun({ ctx, input: { run, kind: 'cancel' } })
      await expect(store.take(held, 9)).rejects.toEqual(lost)
      await signalRun({ ctx, input: { run, kind: 'retry' } })
      expect(await store.claimRun({ runId: run, orphan: null })).not.toBeNull()
      await expect(store.take(held, 99)).rejects.toEqual(lost)
      expect((await jobOf(db, run))?.leaseToken).toBeLessThan(99)
    })
  })
})
