import { and, asc, eq } from 'drizzle-orm'
import { beforeAll, expect, test } from 'vitest'
import {
  artifacts,
  auditLog,
  beads,
  budgetAccounts,
  codeReviews,
  dailyStats,
  evidence,
  jobs,
  runBundles,
  runs,
  turns,
} from '@/drizzle/schema'
import type { AnsweredTurn } from '@/lib/agents/record'
import type { FlowStep } from '@/lib/core/flow'
import { defaultLimits } from '@/lib/core/limits'
import { replayRoute } from '@/lib/core/replay'
import { initialState } from '@/lib/core/run'
import { keptOf } from '@/lib/db/bundles'
import type { Db } from '@/lib/db/client'
import { newId } from '@/lib/db/ids'
import { AppError } from '@/lib/errors'
import { packageFile } from '@/lib/root'
import { forkReaders } from '@/lib/runtime/fork'
import type { ServiceContext } from '@/lib/services/context'
import { forkRun } from '@/lib/services/runs/fork'
import { getRun } from '@/lib/services/runs/get'
import { ingestRun } from '@/lib/services/runs/ingest'
import { signalRun } from '@/lib/services/runs/signal'
import { listTurns } from '@/lib/services/runs/turns'
import { describeDatabases } from '../support/database'
import { drain, goOn, runRow, type Script, scriptedEngine } from '../support/scripted-engine'
import { contextOf, someRun } from '../support/services'

const flow: FlowStep[] = ['prepare', 'planner', 'coder', 'reviewer', 'gate:pre-merge-main', 'pr', 'reflect']
const usage = { inputTokens: 10, outputTokens: 1, cachedInputTokens: 0, estimated: false }
const sha = (digit: string) => digit.repeat(40)

function answer(seq: number): AnsweredTurn {
  return {
    seq,
    request: '',
    fresh: seq === 1,
    content: `turn ${seq}`,
    toolCalls: [],
    finish: 'tool_calls',
    usage,
    costMicros: 100,
    prompt: { name: 'coder', version: '1', hash: 'h' },
    model: 'm',
    asked: { system: '', messages: [], tools: [], toolChoice: 'required', maxTokens: 1, temperature: 0 },
    opening: null,
    startedAt: new Date(),
    endedAt: new Date(),
  }
}

/** The coder takes three turns, of which the last one's tools never run, and the reviewer leaves a review. */
const busy: Script = async (work, record) => {
  const { step } = work.run.state
  if (step === 'prepare')
    await record.evidence('baseline', {
      kind: 'lint',
      command: 'l',
      exitCode: 0,
      ended: null,
      durationMs: 1,
      findings: [],
      findingsDropped: 0,
      commit: sha('a'),
    } as never)
  if (step === 'planner') await record.artifact('plan', '{}')
  if (step === 'coder' && (await record.turns()).length === 0) {
    for (const seq of [1, 2, 3]) {
      const held = await record.reserve(100)
      if (!held.ok) throw new AppError('internal', held.reason)
      const turn = await record.answered(answer(seq), held.reservation)
      if (seq < 3) await record.completed(turn, [], sha(String(seq)))
    }
  }
  if (step === 'reviewer')
    await record.review(sha('2'), { decision: 'approve', confidence: 1, comments: [], summary: 'Good.' })
  return goOn(work, flow)
}

describeDatabases((open) => {
  let ctx: ServiceContext
  let db: Db
  let original: string

  beforeAll(async () => {
    ctx = contextOf(await open())
    db = ctx.db
    original = await someRun(ctx)
    await drain(scriptedEngine(db, busy))
    expect(await runRow(db, original)).toMatchObject({ status: 'waiting_gate', turns: 3, costMicros: 300 })
    const bundle = (turn: number) => ({
      runId: original,
      turn,
      fromSha: sha('0'),
      toSha: sha(String(turn)),
      bytes: new Uint8Array([turn]),
    })
    await db.insert(runBundles).values([bundle(1), bundle(2), bundle(4)])
  })

  type Input = Omit<Parameters<typeof forkRun>[0]['input'], 'run'>
  const fork = (input: Input, run = original) =>
    forkRun({ ctx, input: { ...input, run }, readers: forkReaders })
  const count = async () => (await db.select({ id: runs.id }).from(runs)).length
  const beadsOf = (run: string) => db.select().from(beads).where(eq(beads.runId, run)).orderBy(asc(beads.seq))

  test('what cannot be forked is refused with the place, and nothing is made', async () => {
    const before = await count()
    const refused = async (input: Input, run?: string) => {
      const error = await fork(input, run).then(
        () => null,
        (thrown: AppError) => thrown,
      )
      return [error?.code, error?.place]
    }
    expect(await refused({}, newId())).toEqual(['not_found', undefined])
    expect(await refused({ turn: 1 })).toEqual(['bad_request', 'turn'])
    expect(await refused({ at: 'merge' })).toEqual(['not_found', 'at'])
    expect(await refused({ at: newId() })).toEqual(['not_found', 'at'])
    expect(await refused({ at: '99' })).toEqual(['not_found', 'at'])
    expect(await refused({ at: 'coder', turn: 4 })).toEqual(['bad_request', 'turn'])
    expect(await refused({ at: 'planner', turn: 1 })).toEqual(['bad_request', 'turn'])
    expect(await refused({ at: 'coder', provider: 'nobody' as never })).toEqual(['bad_request', 'provider'])
    expect(await refused({ at: 'coder', models: { nobody: 'x' } as never })).toEqual([
      'bad_request',
      'models.nobody',
    ])
    const coder = packageFile('prompts/coder.md')
    const prompt = (text: string) => refused({ at: 'coder', prompts: { coder: text } })
    expect(await prompt('Be brief.')).toEqual(['bad_config', 'coder.md'])
    expect(await prompt(coder.replace('# Task\n', '# Task\n{{nonsense}}\n'))).toEqual([
      'bad_config',
      'coder.md',
    ])
    const declared = coder
      .replace('placeholders: [', 'placeholders: [isue, ')
      .replace('# Task\n', '# Task\n{{isue}}\n')
    expect(await prompt(declared)).toEqual(['bad_config', expect.stringMatching(/^coder\.md:\d+$/)])
    await expect(fork({ prompts: { coder: declared } })).rejects.toThrow('Did you mean {{issue}}?')
    expect(await prompt(coder.replace(/^# Task\n[\s\S]*/m, ''))).toEqual(['bad_config', 'coder.md'])
    expect(await refused({ at: 'coder', config: 'agents:\n  codr: {}\n' })).toEqual([
      'bad_config',
      expect.stringContaining(':2:'),
    ])
    const log = {
      repository: 'elsewhere',
      task: 'x',
      status: 'completed',
      startedAt: new Date().toISOString(),
    } as const
    const ingested = await ingestRun({ ctx, input: log })
    expect(await refused({}, ingested.id)).toEqual(['illegal_transition', 'run'])
    await db
      .update(beads)
      .set({ state: null })
      .where(and(eq(beads.runId, original), eq(beads.step, 'planner')))
    expect(await refused({ at: 'planner' })).toEqual(['unprocessable', 'at'])
    expect(await count()).toBe(before + 1)
  })

  test('at a turn it has what was paid for and pays for none of it', async () => {
    const { id } = await fork({ at: 'coder', turn: 2, budgetUsd: 0.5, model: 'other' })
    const row = await runRow(db, id)
    expect(row).toMatchObject({
      status: 'queued',
      step: 'coder',
      forkOf: original,
      turns: 0,
      costMicros: 0,
      budgetMicros: 500_000,
      overrides: { model: 'other' },
    })
    expect(row.forkedAt).toMatchObject({ step: 'coder', turn: 2, headSha: sha('2') })
    expect(row.branch).toMatch(/^devpilot\/mend-it-/)
    const rows = await beadsOf(id)
    expect(
      rows.map((bead) => [
        bead.step,
        bead.status,
        bead.inherited?.turns,
        bead.costMicros,
        bead.inherited?.costMicros,
      ]),
    ).toEqual([
      ['prepare', 'completed', 0, 0, 0],
      ['planner', 'completed', 0, 0, 0],
      ['coder', 'running', 2, 0, 200],
    ])
    const { items } = await listTurns({ ctx, input: { run: id, bead: rows[2]?.id ?? '' } })
    expect(items.map((turn) => [turn.content, turn.costMicros, turn.inheritedMicros])).toEqual([
      ['turn 1', 0, 100],
      ['turn 2', 0, 100],
    ])
    const of = { artifacts, evidence, codeReviews }
    const kept = await Promise.all(
      Object.values(of).map(
        async (table) => (await db.select().from(table).where(eq(table.runId, id))).length,
      ),
    )
    expect(kept).toEqual([1, 1, 0])
    // What is kept of the original's commits serves its forks, too: nothing is kept twice.
    expect(row.headSha).toBe(sha('2'))
    expect((await keptOf(db, id)).map(({ runId, turn }) => [runId, turn])).toEqual([
      [original, 1],
      [original, 2],
      [original, 4],
    ])
    expect(
      await db
        .select()
        .from(budgetAccounts)
        .where(eq(budgetAccounts.key, `run:${id}`)),
    ).toMatchObject([{ limitMicros: 500_000, spentMicros: 0 }])

    // A worker takes the bead up with its two turns, and goes on.
    const seen: unknown[] = []
    await drain(
      scriptedEngine(db, async (work, record) => {
        if (work.run.state.step === 'coder')
          seen.push(work.bead.resumed, (await record.turns()).length, work.run.forkedAt?.headSha)
        return goOn(work, flow)
      }),
    )
    expect(seen).toEqual([true, 2, sha('2')])
    expect((await beadsOf(id)).map((bead) => bead.step)).toEqual([
      'prepare',
      'planner',
      'coder',
      'reviewer',
      'gate:pre-merge-main',
    ])
    await signalRun({ ctx, input: { kind: 'cancel', run: id } })
    expect((await db.select().from(dailyStats)).reduce((sum, day) => sum + day.costMicros, 0)).toBe(0)

    const again = await fork({ at: 'coder', turn: 1 }, id)
    const second = (await beadsOf(again.id)).at(-1)
    expect(second?.inherited).toMatchObject({ run: id, turns: 1, costMicros: 100 })
  })

  test('at a turn whose tools have not run, it begins at the commit before', async () => {
    const { id } = await fork({ at: 'coder', turn: 3 })
    expect((await runRow(db, id)).forkedAt).toMatchObject({ turn: 3, headSha: sha('2') })
    const [, , third] = await db.select().from(turns).where(eq(turns.runId, id)).orderBy(asc(turns.seq))
    expect(third?.toolResults).toBeNull()
  })

  test('of a whole run is a new one with its task', async () => {
    const { id } = await fork({})
    const row = await runRow(db, id)
    expect(row).toMatchObject({
      status: 'queued',
      step: 'prepare',
      baseSha: null,
      branch: null,
      title: 'Mend it',
    })
    expect(await beadsOf(id)).toEqual([])
    const view = await getRun({ ctx, input: { run: original } })
    expect(view.forks.map((one) => one.run)).toContain(id)
    expect((await getRun({ ctx, input: { run: id } })).fork).toMatchObject({
      run: original,
      place: { step: 'prepare' },
    })
  })

  test('takes a configuration of its own, but neither gates nor their threshold', async () => {
    const config = 'supervision:\n  gates: []\nagents:\n  reviewer:\n    auto_approve_threshold: 0.5\n'
    const { id } = await fork({ at: 'reviewer', config })
    const { state } = await runRow(db, id)
    const before = (await runRow(db, original)).state
    expect(state?.limits.autoApproveThreshold).toBe(0.5)
    expect(state?.limits.gates).toEqual(before?.limits.gates)
  })

  test('behind a gate that people passed is theirs to fork who may approve it alone', async () => {
    const { gateId } = await getRun({ ctx, input: { run: original } })
    expect(gateId).not.toBeNull()
    const { decideGate } = await import('@/lib/services/gates/decide')
    const { getGate } = await import('@/lib/services/gates/get')
    const gate = gateId ?? ''
    const shown = await getGate({ ctx, input: { gate } })
    await decideGate({ ctx, input: { gate, decision: 'approve', evidence: shown.evidence } })
    await drain(scriptedEngine(db, busy))
    expect((await runRow(db, original)).status).toBe('succeeded')
    const several = { ...ctx, singleUser: false }
    const input = { run: original, at: 'pr' }
    await expect(forkRun({ ctx: several, input, readers: forkReaders })).rejects.toMatchObject({
      code: 'forbidden',
      place: 'at',
    })
    const at = await forkRun({
      ctx: several,
      input: { ...input, at: 'gate:pre-merge-main' },
      readers: forkReaders,
    })
    expect(at.step).toBe('gate:pre-merge-main')
    const { id } = await fork({ at: 'reflect' })
    expect((await runRow(db, id)).step).toBe('pr')
    expect((await beadsOf(id)).some((bead) => bead.category === 'effect')).toBe(false)
    const [entry] = await db
      .select()
      .from(auditLog)
      .where(and(eq(auditLog.runId, id), eq(auditLog.action, 'run.forked')))
    expect(entry?.data).toMatchObject({ passed: ['gate:pre-merge-main'], single_user: true, begins_at: 'pr' })
    expect((await db.select().from(jobs).where(eq(jobs.runId, id)))[0]).toMatchObject({ state: 'ready' })
  })

  test('the router, given what is on record, comes the same way through signals, retries and errors', async () => {
    const id = await someRun(ctx)
    let fails = 2
    await drain(
      scriptedEngine(db, (work) => {
        if (work.run.state.step !== 'coder' || fails === 0) return goOn(work, flow)
        fails -= 1
        return { kind: 'error', transient: false, code: 'internal', message: 'no' }
      }),
    )
    await signalRun({ ctx, input: { kind: 'retry', run: id, from: 'planner' } })
    const engine = scriptedEngine(db, (work) => {
      if (work.run.state.step !== 'coder' || fails === 0) return goOn(work, flow)
      fails -= 1
      return { kind: 'error', transient: false, code: 'internal', message: 'no' }
    })
    await drain(engine)
    await signalRun({ ctx, input: { kind: 'skip', run: id } })
    await drain(engine)
    await signalRun({ ctx, input: { kind: 'cancel', run: id } })
    const history = await db.select().from(auditLog).where(eq(auditLog.chain, id)).orderBy(asc(auditLog.seq))
    const replayed = replayRoute(initialState(defaultLimits), history)
    expect(replayed.parting).toBeNull()
    expect(replayed.moves).toBeGreaterThan(8)
    const without = history.filter((entry) => entry.action !== 'run.step_skipped')
    expect(replayRoute(initialState(defaultLimits), without).parting).not.toBeNull()
    const elsewhere = history.map((entry) =>
      entry.action === 'run.retried' ? { ...entry, data: { ...entry.data, from: 'coder' } } : entry,
    )
    expect(replayRoute(initialState(defaultLimits), elsewhere).parting).toMatchObject({
      after: 'run.retried',
      recorded: 'planner',
      now: 'coder (running)',
    })
  })
})
