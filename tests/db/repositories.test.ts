import { eq } from 'drizzle-orm'
import { beforeAll, describe, expect, test } from 'vitest'
import { auditLog, beads, budgetAccounts, evidence, repositories, runs, schedules } from '@/drizzle/schema'
import { newId } from '@/lib/db/ids'
import { forkReaders } from '@/lib/runtime/fork'
import { syncSchedules } from '@/lib/runtime/schedules/sync'
import { agentBeads, agentFigures } from '@/lib/services/agents/figures'
import type { ServiceContext } from '@/lib/services/context'
import { estimateRun } from '@/lib/services/flows/estimate'
import { flowFigures } from '@/lib/services/flows/figures'
import { addRepository } from '@/lib/services/repositories/add'
import { getRepository, repositoryDetailSchema } from '@/lib/services/repositories/get'
import { repositoryHealth } from '@/lib/services/repositories/health'
import { listRepositories } from '@/lib/services/repositories/list'
import { removeRepository } from '@/lib/services/repositories/remove'
import { forkRun } from '@/lib/services/runs/fork'
import { ingestRun } from '@/lib/services/runs/ingest'
import { listRuns } from '@/lib/services/runs/list'
import { signalRun } from '@/lib/services/runs/signal'
import { startRun } from '@/lib/services/runs/start'
import { unstartedRepositories } from '@/lib/services/runs/unstarted'
import { describeDatabases, type TestDatabase } from '../support/database'
import { contextOf } from '../support/services'

describeDatabases((open) => {
  let opened: TestDatabase
  let ctx: ServiceContext
  const add = async (name: string) => (await addRepository({ ctx, input: { repository: `acme/${name}` } })).id
  const start = async (repository: string, flow = 'issue') =>
    (await startRun({ ctx, input: { repository, flow, task: `of ${flow}` } })).id

  /** A run that has ended, as the engine leaves its row. */
  async function ended(
    repository: string,
    with_: { status: 'succeeded' | 'failed'; costMicros: number; seconds?: number; flow?: string },
  ): Promise<string> {
    const id = await start(repository, with_.flow)
    const startedAt = new Date(Date.now() - 3_600_000)
    const endedAt = new Date(startedAt.getTime() + (with_.seconds ?? 60) * 1_000)
    const { status, costMicros } = with_
    await ctx.db.update(runs).set({ status, costMicros, startedAt, endedAt }).where(eq(runs.id, id))
    return id
  }

  beforeAll(async () => {
    opened = await open()
    ctx = contextOf(opened)
  })

  describe('removing', () => {
    test('is refused while a run has not ended, and by who is no admin', async () => {
      const id = await add('busy')
      const run = await start(id)
      const removed = removeRepository({ ctx, input: { repository: id } })
      await expect(removed).rejects.toMatchObject({ code: 'conflict', place: run })
      const viewer = { ...ctx, grants: ['read', 'trigger'] as const }
      const other = removeRepository({ ctx: viewer, input: { repository: id } })
      await expect(other).rejects.toMatchObject({ code: 'forbidden' })
      const unknown = removeRepository({ ctx, input: { repository: newId() } })
      await expect(unknown).rejects.toMatchObject({ code: 'not_found' })
      await signalRun({ ctx, input: { kind: 'cancel', run } })
      await removeRepository({ ctx, input: { repository: id } })
    })

    test('takes it off the lists and ends its schedules; runs stay, nothing new starts', async () => {
      const id = await add('gone')
      const run = await ended(id, { status: 'succeeded', costMicros: 1 })
      const schedule = {
        id: newId(),
        repositoryId: id,
        key: 'k',
        cron: '0 2 * * *',
        timeZone: 'UTC',
        missed: 'once',
      } as const
      await ctx.db.insert(schedules).values({ ...schedule, flow: ['tests'], nextAt: new Date() })
      await removeRepository({ ctx, input: { repository: id } })
      expect((await listRepositories({ ctx })).items.map((one) => one.id)).not.toContain(id)
      await expect(getRepository({ ctx, input: { repository: id } })).rejects.toMatchObject({
        code: 'not_found',
      })
      await expect(start(id)).rejects.toMatchObject({ code: 'not_found' })
      const kept = await listRuns({ ctx, input: { repository: id } })
      expect(kept.items).toMatchObject([{ id: run, repository: { name: 'acme/gone' } }])
      const [row] = await ctx.db.select().from(schedules).where(eq(schedules.repositoryId, id))
      expect(row?.nextAt).toBeNull()
      expect(
        (await syncSchedules({ db: ctx.db, home: ctx.home, signal: AbortSignal.abort() })).repositories,
      ).toBe(0)
      const again = await addRepository({ ctx, input: { repository: 'acme/gone' } })
      expect(again.id).toBe(id)
      const entries = await ctx.db.select().from(auditLog).where(eq(auditLog.chain, 'installation'))
      const actions = entries.filter(({ data }) => data.repository === id).map(({ action }) => action)
      expect(actions).toEqual(['repository.added', 'repository.removed', 'repository.added_again'])
    })
  })

  test('nothing begins in a removed one: no fork, no retry, no start that had found it before', async () => {
    const id = await add('ended')
    const done = await ended(id, { status: 'succeeded', costMicros: 1 })
    const failed = await start(id)
    await signalRun({ ctx, input: { kind: 'cancel', run: failed } })
    const empty = await add('empty')
    const unstarted = async () => (await unstartedRepositories({ ctx })).map(({ name }) => name)
    expect(await unstarted()).toContain('acme/empty')
    await removeRepository({ ctx, input: { repository: empty } })
    expect(await unstarted()).not.toContain('acme/empty')
    await removeRepository({ ctx, input: { repository: id } })
    const gone = { code: 'not_found', message: expect.stringContaining('removed') }
    await expect(forkRun({ ctx, input: { run: done }, readers: forkReaders })).rejects.toMatchObject(gone)
    await expect(signalRun({ ctx, input: { kind: 'retry', run: failed } })).rejects.toMatchObject(gone)
    const before = await ctx.db.$count(runs)
    const late = await add('late')
    // Removed between the look at it and the start.
    const raced = {
      ...ctx,
      db: new Proxy(ctx.db, {
        get: (db, name) => {
          if (name !== 'execute') return Reflect.get(db, name)
          return async (statement: Parameters<typeof db.execute>[0]) => {
            await removeRepository({ ctx, input: { repository: late } })
            return db.execute(statement)
          }
        },
      }),
    }
    const tried = startRun({ ctx: raced, input: { repository: late, task: 'x' } })
    await expect(tried).rejects.toMatchObject(gone)
    expect(await ctx.db.$count(runs)).toBe(before)
    await add('ended')
    expect((await signalRun({ ctx, input: { kind: 'retry', run: failed } })).status).toBe('running')
  })

  test('a supervisor adds one, adds a removed one again, and posts its log; of two at once both find it', async () => {
    const supervisor = {
      ...contextOf(opened, 'sue'),
      db: opened.database.as({ role: 'supervisor', user: 'sue' }),
      grants: ['read', 'trigger', 'ingest'] as const,
    }
    const addOne = async (repository: string) =>
      (await addRepository({ ctx: supervisor, input: { repository } })).id
    const both = await Promise.all([addOne('acme/sues'), addOne('acme/sues')])
    expect(both[0]).toBe(both[1])
    const [id = ''] = both
    expect(await addOne('acme/sues')).toBe(id)
    await removeRepository({ ctx, input: { repository: id } })
    expect(await addOne('acme/sues')).toBe(id)
    await removeRepository({ ctx, input: { repository: id } })
    const log = (name: string) =>
      ingestRun({
        ctx: supervisor,
        input: {
          id: name,
          repository: 'acme/sues',
          task: 'Elsewhere',
          status: 'completed',
          startedAt: new Date().toISOString(),
        },
      })
    const posted = await Promise.all([log('one'), log('two')])
    expect(posted.map((run) => run.repository?.id)).toEqual([id, id])
    const listed = await listRepositories({ ctx })
    expect(listed.items.map((one) => one.id)).toContain(id)
  })

  test('health is of the last 20 runs, the newest baseline, and the day’s money', async () => {
    const id = await add('healthy')
    const other = await add('other')
    await ended(other, { status: 'failed', costMicros: 5 })
    const ids: string[] = []
    for (let i = 0; i < 22; i += 1)
      ids.push(await ended(id, { status: i % 4 === 0 ? 'failed' : 'succeeded', costMicros: 1 }))
    const ran = { kind: 'tests', failed: 1, skipped: 0, ended: null, parsed: false, exitCode: 1 }
    const tests = (passed: number) => ({ ...ran, passed })
    const row = { kind: 'tests', phase: 'baseline', commit: 'a'.repeat(40) } as const
    await ctx.db.insert(evidence).values([
      { ...row, id: newId(), runId: ids[20] ?? '', data: tests(7), createdAt: new Date(Date.now() - 5_000) },
      { ...row, id: newId(), runId: ids[21] ?? '', data: tests(9) },
      // Of a run that is too old to count.
      { ...row, id: newId(), runId: ids[0] ?? '', data: tests(1), createdAt: new Date(Date.now() + 60_000) },
    ])
    const day = new Date().toISOString().slice(0, 10)
    await ctx.db.insert(budgetAccounts).values([
      { key: `repository:${id}:${day}`, limitMicros: 2_000_000, spentMicros: 40, reservedMicros: 2 },
      { key: `repository:${other}:${day}`, limitMicros: null, spentMicros: 7 },
    ])
    const health = await repositoryHealth({ ctx, input: { repositories: [id, other] } })
    const its = health.get(id)
    expect(its?.recent.map((run) => run.id)).toEqual([...ids].reverse().slice(0, 20))
    expect(its?.baseline).toMatchObject({ run: ids[21], passed: 9, failed: 1, parsed: false, exitCode: 1 })
    expect(its).toMatchObject({ spentTodayMicros: 42, limitTodayMicros: 2_000_000 })
    expect(health.get(other)).toMatchObject({ baseline: null, spentTodayMicros: 7, limitTodayMicros: null })
    const detail = repositoryDetailSchema.parse(await getRepository({ ctx, input: { repository: id } }))
    expect(detail.health.recent).toHaveLength(20)
    expect(await repositoryHealth({ ctx, input: { repositories: [] } })).toEqual(new Map())
  })

  test('an estimate is of this flow here, by name or left to the configuration; none is said of none', async () => {
    const id = await add('priced')
    const ask = (flow: string, steps: string[] = []) =>
      estimateRun({ ctx, input: { repository: id, flow, steps } })
    expect(await ask('issue')).toEqual({
      runs: 0,
      medianMicros: null,
      p90Micros: null,
      maxMicros: null,
      medianSeconds: null,
    })
    for (let i = 1; i <= 10; i += 1)
      await ended(id, { status: 'succeeded', costMicros: i * 100, seconds: i * 10 })
    await ended(id, { status: 'succeeded', costMicros: 9_999_999, flow: 'tests' })
    const cancelled = await start(id)
    await signalRun({ ctx, input: { kind: 'cancel', run: cancelled } })
    expect(await ask('issue')).toEqual({
      runs: 10,
      medianMicros: 550,
      p90Micros: 910,
      maxMicros: 1_000,
      medianSeconds: 55,
    })
    const auto = await ended(id, { status: 'succeeded', costMicros: 50_000, flow: 'auto' })
    const [row] = await ctx.db.select({ state: runs.state }).from(runs).where(eq(runs.id, auto))
    if (row?.state)
      await ctx.db
        .update(runs)
        .set({ state: { ...row.state, flow: ['prepare', 'coder'] } })
        .where(eq(runs.id, auto))
    expect((await ask('issue', ['prepare', 'coder'])).runs).toBe(11)
    expect((await ask('issue', ['prepare', 'tester'])).runs).toBe(10)
    expect((await estimateRun({ ctx, input: { flow: 'issue' } })).runs).toBeGreaterThanOrEqual(10)
  })

  test('figures of steps say how long, how often, and how often people were asked right after', async () => {
    const id = await add('figured')
    const run = await ended(id, { status: 'succeeded', costMicros: 1 })
    const second = await ended(id, { status: 'failed', costMicros: 1 })
    const bead = (
      runId: string,
      seq: number,
      step: string,
      seconds: number,
      status: 'completed' | 'failed' = 'completed',
    ) => {
      const startedAt = new Date('2026-01-01T00:00:00Z')
      const endedAt = new Date(startedAt.getTime() + seconds * 1_000)
      const category = step.startsWith('gate:') ? 'gate' : 'agent'
      return {
        id: newId(),
        runId,
        seq,
        step,
        name: step,
        category,
        status,
        startedAt,
        endedAt,
        costMicros: 100,
      } as const
    }
    await ctx.db
      .insert(beads)
      .values([
        bead(run, 1, 'coder', 10),
        bead(run, 2, 'reviewer', 2),
        bead(run, 3, 'coder', 30),
        bead(run, 4, 'gate:confidence-gate', 60),
        bead(second, 1, 'coder', 20, 'failed'),
      ])
    const figures = await flowFigures({ ctx, input: { repository: id, flow: 'issue' } })
    expect(figures).toMatchObject({ runs: 2, succeeded: 1 })
    expect(figures.steps.find(({ step }) => step === 'coder')).toEqual({
      step: 'coder',
      runs: 2,
      beads: 3,
      medianSeconds: 20,
      failed: 1,
      asked: 1,
    })
    const agents = await agentFigures({ ctx })
    expect(agents.map(({ agent }) => agent)).toEqual(['planner', 'coder', 'reviewer', 'tester', 'debugger'])
    expect(agents.find(({ agent }) => agent === 'coder')).toMatchObject({
      beads: 3,
      completed: 2,
      failed: 1,
      medianMicros: 100,
      totalMicros: 300,
    })
    expect(agents.find(({ agent }) => agent === 'tester')).toMatchObject({
      beads: 0,
      medianSeconds: null,
      confidence: null,
    })
    const last = await agentBeads({ ctx, input: { agent: 'coder', limit: 2 } })
    expect(last).toHaveLength(2)
    expect(last[0]).toMatchObject({ run: { repository: 'acme/figured' }, status: expect.any(String) })
  })

  test('a page of repositories holds no column that its view does not name', async () => {
    const { items } = await listRepositories({ ctx, input: { limit: 1 } })
    expect(Object.keys(items[0] ?? {}).sort()).toEqual([
      'createdAt',
      'defaultBranch',
      'forge',
      'id',
      'name',
      'source',
    ])
    expect(await ctx.db.$count(repositories)).toBeGreaterThan(1)
  })
})
