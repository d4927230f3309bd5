import { and, eq } from 'drizzle-orm'
import { beforeAll, expect, test } from 'vitest'
import { auditLog, jobs } from '@/drizzle/schema'
import { newId } from '@/lib/db/ids'
import { processId } from '@/lib/db/process'
import { workerSeen } from '@/lib/db/workers'
import type { ServiceContext } from '@/lib/services/context'
import { getRun } from '@/lib/services/runs/get'
import { listRuns } from '@/lib/services/runs/list'
import { requeueRuns } from '@/lib/services/runs/requeue'
import { getStats } from '@/lib/services/stats/get'
import { describeDatabases } from '../support/database'
import { deadRun } from '../support/dead-run'
import { contextOf, someRun } from '../support/services'

describeDatabases((open) => {
  let ctx: ServiceContext
  beforeAll(async () => {
    ctx = contextOf(await open())
  })
  const dead = async () => (await listRuns({ ctx, input: { dead: true } })).items.map((run) => run.id)

  test('without any, the list is empty and nothing is put back', async () => {
    await someRun(ctx)
    expect(await dead()).toEqual([])
    expect(await requeueRuns({ ctx })).toEqual({ results: [], left: 0 })
    await expect(requeueRuns({ ctx, input: { runs: [] } })).rejects.toMatchObject({ place: 'runs' })
    await expect(requeueRuns({ ctx: { ...ctx, grants: ['read'] } })).rejects.toMatchObject({
      code: 'forbidden',
    })
  })

  test('a run that was given up says why, since when, where and after how many tries', async () => {
    const run = await deadRun(ctx)
    const view = await getRun({ ctx, input: { run } })
    expect(view.dead).toMatchObject({
      reason: 'The model is overloaded.',
      step: 'planner',
      tries: 1,
      since: view.endedAt,
    })
    expect(await dead()).toEqual([run])
    expect((await getStats({ ctx })).dead).toBe(1)
  })

  test('a worker of this machine that is dead is not counted; of another’s, only silence tells', async () => {
    const row = {
      host: 'h',
      pid: 1,
      engine: 'embedded',
      concurrency: 1,
      version: '1',
      draining: false,
    } as const
    const gone = processId().replace(/:\d+:[^:]*$/, ':4194304:1')
    for (const id of [processId(), gone, 'elsewhere:1:2']) await workerSeen(ctx.db, { ...row, id })
    const { workers } = await getStats({ ctx })
    expect(workers.map(({ id }) => id).sort()).toEqual([processId(), 'elsewhere:1:2'].sort())
  })

  test('some are put back, each with its own result, audited; what is not among them is told so', async () => {
    const [one, two] = [await deadRun(ctx), await deadRun(ctx)]
    const alive = await someRun(ctx)
    const before = await dead()
    const done = await requeueRuns({
      ctx,
      input: { runs: [one, alive, newId(), one], reason: 'The model is back.' },
    })
    expect(done.results.map(({ run, ok, step, error }) => [run === one, ok, step, error?.code])).toEqual([
      [true, true, 'planner', undefined],
      [false, false, undefined, 'illegal_transition'],
      [false, false, undefined, 'illegal_transition'],
    ])
    expect(await dead()).toEqual(before.filter((run) => run !== one))
    expect((await ctx.db.select().from(jobs).where(eq(jobs.runId, one)))[0]).toMatchObject({
      state: 'ready',
      deadReason: null,
    })
    const [entry] = await ctx.db
      .select()
      .from(auditLog)
      .where(and(eq(auditLog.runId, one), eq(auditLog.action, 'run.retried')))
    expect(entry?.data).toMatchObject({ reason: 'The model is back.' })
    const rest = await requeueRuns({ ctx })
    expect([
      rest.left,
      rest.results.every((result) => result.ok),
      rest.results.map(({ run }) => run).includes(two),
    ]).toEqual([0, true, true])
  })
})
