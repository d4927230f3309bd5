import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { eq } from 'drizzle-orm'
import { beforeAll, describe, expect, test } from 'vitest'
import {
  auditLog,
  beads,
  budgetReservations,
  codeReviews,
  evidence,
  jobs,
  learnings,
  runEvents,
  runs,
  turns,
} from '@/drizzle/schema'
import type { AnsweredTurn } from '@/lib/agents/record'
import { defaultConfig } from '@/lib/core/config'
import type { Outcome } from '@/lib/core/outcome'
import { route } from '@/lib/core/route'
import type { Database } from '@/lib/db/client'
import { createRecord } from '@/lib/db/record'
import { createStore } from '@/lib/db/store'
import type { Claim, Store } from '@/lib/engine/store'
import type { ServiceContext } from '@/lib/services/context'
import { readLog } from '@/lib/services/runs/log/read'
import { signalRun } from '@/lib/services/runs/signal'
import { startRun } from '@/lib/services/runs/start'
import { describeDrivers } from '../support/database'
import { accountOf } from '../support/ledger'
import { passTime, runRow } from '../support/scripted-engine'
import { contextOf, someRun } from '../support/services'

const lost = expect.objectContaining({ code: 'lease_lost' })
const answer: AnsweredTurn = {
  seq: 1,
  request: '',
  fresh: true,
  content: 'hello',
  toolCalls: [],
  finish: 'stop',
  usage: { inputTokens: 1, outputTokens: 1, cachedInputTokens: 0, estimated: false },
  costMicros: 5,
  prompt: { name: 'coder', version: '1', hash: 'h' },
  model: 'm',
  asked: { system: '', messages: [], tools: [], toolChoice: 'required', maxTokens: 1, temperature: 0 },
  opening: null,
  startedAt: new Date(),
  endedAt: new Date(),
}

describeDrivers((open) => {
  let ctx: ServiceContext
  let database: Database
  let store: Store
  beforeAll(async () => {
    const opened = await open()
    database = opened.database
    ctx = contextOf(opened)
    store = createStore(database.db)
  })
  const claimed = async (owner: string, leaseMs = 60_000): Promise<Claim> => {
    const claim = await store.claim({ owner, leaseMs })
    if (!claim) throw new Error('nothing was due')
    return claim
  }
  const jobOf = async (run: string) => (await database.db.select().from(jobs).where(eq(jobs.runId, run)))[0]
  const finish = async (claim: Claim): Promise<void> => {
    const run = await store.load(claim)
    const bead = await store.openBead(claim, run)
    const outcome = { kind: 'error', transient: false, code: 'internal', message: 'enough' } as const
    const next = route({ ...run.state, status: 'running' }, outcome)
    await store.settle(claim, { run, bead, result: { outcome }, next, dueInMs: null })
  }

  test('claims of many at once never give one run to two', async () => {
    const runs = await Promise.all(Array.from({ length: 12 }, () => someRun(ctx)))
    const claims = await Promise.all(
      Array.from({ length: 30 }, (_, i) => store.claim({ owner: `w${i}`, leaseMs: 60_000 })),
    )
    const given = claims.flatMap((claim) => claim?.runId ?? [])
    expect(given.length).toBe(new Set(given).size)
    for (;;) {
      const more = await store.claim({ owner: 'late', leaseMs: 60_000 })
      if (!more) break
      given.push(more.runId)
      claims.push(more)
    }
    expect(given.toSorted()).toEqual(runs.toSorted())
    for (const claim of claims) if (claim) await finish(claim)
  })

  test.each([
    ['what the repository lets a run spend', undefined, 500_000],
    ['what a person said', 2, 2_000_000],
  ])('once it is prepared a run may spend %s', async (_what, budgetUsd, micros) => {
    const folder = mkdtempSync(join(tmpdir(), 'devpilot-repository-'))
    const given = budgetUsd === undefined ? {} : { budgetUsd }
    const { id } = await startRun({ ctx, input: { repository: folder, task: 'Mend it', ...given } })
    const claim = await claimed('w')
    const run = await store.load(claim)
    const bead = await store.openBead(claim, run)
    const outcome = {
      kind: 'prepared' as const,
      flow: ['prepare', 'planner'],
      limits: run.state.limits,
      target: 'main',
      mainBranch: 'main',
    } satisfies Outcome
    const next = route({ ...run.state, status: 'running' }, outcome)
    const result = { outcome, run: { perRunMicros: 500_000 } }
    await store.settle(claim, { run, bead, result, next, dueInMs: 0 })
    expect((await runRow(database.db, id)).budgetMicros).toBe(micros)
    expect((await accountOf(database.db, `run:${id}`))?.limitMicros).toBe(micros)
    const set = await database.db.select().from(auditLog).where(eq(auditLog.action, 'run.budget_set'))
    expect(set.map((entry) => entry.runId).includes(id)).toBe(budgetUsd === undefined)
    await signalRun({ ctx, input: { kind: 'cancel', run: id } })
  })

  test('what looks like a secret is kept nowhere', async () => {
    const secret = `ghp_${'aB3dE6gH9kL2'.repeat(3)}`
    const id = await someRun(ctx)
    const claim = await claimed('w')
    const run = await store.load(claim)
    const bead = await store.openBead(claim, run)
    const config = async () => defaultConfig()
    const record = createRecord({ db: database.db, claim, run, bead, config })
    const review = { decision: 'approve', confidence: 1, summary: secret, comments: [] } as const
    await record.review('a'.repeat(40), { ...review, comments: [] })
    await record.learning('mistake', `${'x'.repeat(1_980)} ${secret}`, 'test')
    await record.evidence('change', {
      kind: 'lint',
      tool: 'biome',
      command: `lint --token ${secret}`,
      exitCode: 1,
      durationMs: 1,
      findings: [],
      findingsDropped: 0,
      ended: null,
      commit: 'b'.repeat(40),
    })
    const outcome = { kind: 'error', transient: false, code: 'internal', message: `no: ${secret}` } as const
    const next = route({ ...run.state, status: 'running' }, outcome)
    const result = { outcome, summary: { said: [secret] } }
    await store.settle(claim, { run, bead, result, next, dueInMs: null })
    for (const table of [runs, beads, evidence, codeReviews, learnings, auditLog, runEvents]) {
      const text = JSON.stringify(await database.db.select().from(table))
      expect(text).not.toContain(secret.slice(0, 20))
    }
    const said = await readLog({ ctx, input: { run: id, kind: 'evidence' } })
    expect(said.lines.map(({ text }) => text)).toEqual(['lint change: names no finding, exit 1'])
    const [row] = await database.db.select().from(evidence).where(eq(evidence.runId, id))
    expect(row?.data).toMatchObject({
      commit: 'b'.repeat(40),
      command: expect.stringContaining('[redacted]'),
    })
    expect((await runRow(database.db, id)).state?.error?.message).toContain('[redacted]')
  })

  test('a call that may have been charged is spent once: when it fails, or when its run ends or is cancelled', async () => {
    const run = await someRun(ctx)
    const claim = await claimed('w')
    const loaded = await store.load(claim)
    const bead = await store.openBead(claim, loaded)
    const config = async () => defaultConfig()
    const record = createRecord({ db: database.db, claim, run: loaded, bead, config })
    const hold = async () => {
      const held = await record.reserve(1_000)
      if (!held.ok) throw new Error(held.reason)
      return held.reservation
    }
    const spent = async () => {
      const [row] = await database.db.select().from(runs).where(eq(runs.id, run))
      const account = await accountOf(database.db, `run:${run}`)
      return [row?.costMicros, account?.spentMicros, account?.reservedMicros]
    }
    await record.release(await hold())
    expect(await spent()).toEqual([0, 0, 0])
    await record.charged(await hold())
    expect(await spent()).toEqual([1_000, 1_000, 0])
    const open = await hold()
    await signalRun({ ctx, input: { kind: 'cancel', run } })
    expect(await spent()).toEqual([2_000, 2_000, 0])
    await record.charged(open)
    expect(await spent()).toEqual([2_000, 2_000, 0])
  })

  test('the one asked for first is claimed first; nothing due is null, with the time to the next', async () => {
    const first = await someRun(ctx)
    const second = await someRun(ctx)
    const a = await claimed('a')
    const b = await claimed('b')
    expect([a.runId, b.runId]).toEqual([first, second])
    expect(await store.claim({ owner: 'c', leaseMs: 1_000 })).toBeNull()
    const next = (await store.nextDueInMs()) ?? 0
    expect(next).toBeGreaterThan(30_000)
    await finish(a)
    await finish(b)
    expect(await store.nextDueInMs()).toBeNull()
  })

  describe('a lease that is over', () => {
    let run: string
    let old: Claim
    let now: Claim
    beforeAll(async () => {
      run = await someRun(ctx)
      old = await claimed('sleeper')
      await store.openBead(old, await store.load(old))
      const record = await recordOf(old)
      await record.reserve(1_000)
      await passTime(database.db, run, 'lease')
      now = await claimed('heir')
    })
    const recordOf = async (claim: Claim) => {
      const loaded = await store.load(claim)
      const [row] = await database.db.select().from(beads).where(eq(beads.runId, run))
      if (!row) throw new Error('no bead')
      const bead = { id: row.id, seq: row.seq, step: row.step, attempt: row.attempt, resumed: false }
      return createRecord({ db: database.db, claim, run: loaded, bead, config: async () => defaultConfig() })
    }

    test('is claimed by another with a higher token', () => {
      expect(now.runId).toBe(run)
      expect(now.token).toBeGreaterThan(old.token)
    })

    test('lets the first one write nothing', async () => {
      const before = JSON.stringify([await runRow(database.db, run), await jobOf(run)])
      const record = await recordOf(old)
      const loaded = await store.load(old)
      const bead = { id: run, seq: 1, step: 'prepare', attempt: 1, resumed: false }
      const outcome = { kind: 'budget_spent', reason: 'x' } as const
      const next = route({ ...loaded.state, status: 'running' }, outcome)
      const settlement = { run: loaded, bead, result: { outcome }, next, dueInMs: null }
      const writes = [
        () => store.heartbeat(old, 60_000),
        () => store.openBead(old, loaded),
        () => store.settle(old, settlement),
        () => store.lapse(old, loaded, next),
        () => record.reserve(1),
        () => record.answered(answer, { id: run, micros: 0 }),
        () => record.event('log', { text: 'x' }),
        () => record.artifact('log', 'x'),
        () => record.savePullRequest(pull, { key: 'k', title: 't', body: 'b', labels: [] }),
      ]
      for (const write of writes) await expect(write()).rejects.toEqual(lost)
      await store.putOff(old, 0)
      expect(JSON.stringify([await runRow(database.db, run), await jobOf(run)])).toBe(before)
      expect(await database.db.select().from(turns).where(eq(turns.runId, run))).toEqual([])
    })

    test('the other goes on in the same bead, and counts a call under way as spent', async () => {
      const bead = await store.openBead(now, await store.load(now))
      expect(bead).toMatchObject({ resumed: true, seq: 1 })
      expect((await runRow(database.db, run)).costMicros).toBe(1_000)
      expect(await database.db.select().from(budgetReservations)).toEqual([])
    })

    test('a heartbeat makes it longer; put off, it is due again', async () => {
      const before = await jobOf(run)
      await store.heartbeat(now, 600_000)
      const after = await jobOf(run)
      expect(after?.leaseUntil?.getTime()).toBeGreaterThan(before?.leaseUntil?.getTime() ?? 0)
      await store.putOff(now, 0)
      await expect(store.heartbeat(now, 1_000)).rejects.toEqual(lost)
      await expect(store.openBead(now, await store.load(now))).rejects.toEqual(lost)
      await finish(await claimed('last'))
    })
  })

  test('a turn, its cost and its settled reservation are one transaction', async () => {
    const run = await someRun(ctx)
    const claim = await claimed('w')
    const loaded = await store.load(claim)
    const bead = await store.openBead(claim, loaded)
    const record = createRecord({
      db: database.db,
      claim,
      run: loaded,
      bead,
      config: async () => defaultConfig(),
    })
    const held = await record.reserve(100)
    if (!held.ok) throw new Error(held.reason)
    const text = 'key sk-abcdefghijklmnopqrstuvwx, nul \0, half \ud83d'
    const calls = [
      { id: 'c1', name: 'write_file', arguments: JSON.stringify({ path: 'a', content: 'http://h:80,\n@b' }) },
    ]
    const turn = await record.answered({ ...answer, content: text, toolCalls: calls }, held.reservation)
    expect(turn.content).toBe('key [redacted], nul \ufffd, half \ufffd')
    await record.completed(turn, [{ toolCallId: 'c1', content: text, isError: false, durationMs: 1 }], null)
    await record.event('tool', { call: '{"url":"http://localhost:3000","x":["a@b"]}', next: '@types' })
    expect(await runRow(database.db, run)).toMatchObject({ costMicros: 5, turns: 1 })
    expect((await record.turns()).map(({ seq, toolResults }) => [seq, toolResults?.length])).toEqual([[1, 1]])
    await finish(claim)
  })
})

const pull = {
  number: 1,
  url: 'u',
  branch: 'b',
  target: 'main',
  headSha: 'c',
  state: 'draft',
  mergeSha: null,
} as const
