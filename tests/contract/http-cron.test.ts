import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { asc, eq, sql } from 'drizzle-orm'
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest'
import { routes } from '@/app/api/openapi.json/routes'
import {
  auditLog,
  beads,
  duties,
  gates,
  repositories,
  runs,
  schedules,
  turns,
  webhookDeliveries,
} from '@/drizzle/schema'
import { openDatabase } from '@/lib/db/client'
import { newId } from '@/lib/db/ids'
import type { RouteHandler } from '@/lib/edge/route'
import { packageFile, packageRoot } from '@/lib/root'
import { openRuntime, type Runtime, setRuntime } from '@/lib/runtime'
import { runSlice } from '@/lib/runtime/slice'
import { startRun } from '@/lib/services/runs/start'
import { receiveWebhook } from '@/lib/services/webhooks/receive'
import { cronProblem } from '@/lib/workspace/config/cron'
import { describeDrivers, type TestDatabase } from '../support/database'
import { example } from '../support/github-webhooks'
import { type Call, type Received, serve } from '../support/http'
import { type ModelServer, modelServer, type Script } from '../support/model-server'
import { makeRepository, temporaryFolder } from '../support/repos'
import { drain, goOn, passTime, runRow, scriptedEngine } from '../support/scripted-engine'
import { contextOf, someRun } from '../support/services'
import { configFor, finish, planOf } from '../support/small-project'
import { gatePolicy } from '../support/walk'

const { SECRET } = vi.hoisted(() => {
  const secret = 'a-secret-of-the-cron-0123456789'
  Object.assign(process.env, { CRON_SECRET: secret, DEVPILOT_SLICE_SECONDS: '40' })
  return { SECRET: secret }
})

const cronPaths = [
  '/api/cron/tick',
  '/api/cron/schedules',
  '/api/cron/gates',
  '/api/cron/maintenance',
] as const
type CronPath = (typeof cronPaths)[number]
const handlerOf = (path: CronPath): RouteHandler | undefined => routes[path]?.GET

test('vercel.json calls every cron route, with schedules that parse, within what each may take', async () => {
  const { crons } = JSON.parse(packageFile('vercel.json')) as { crons: { path: string; schedule: string }[] }
  expect(crons.map(({ path }) => path).sort()).toEqual([...cronPaths].sort())
  for (const { schedule } of crons) expect(cronProblem(schedule)).toBeNull()
  for (const path of cronPaths) {
    const module: Record<string, unknown> = await import(join(packageRoot(), 'app', path, 'route.ts'))
    expect(module.dynamic).toBe('force-dynamic')
    expect(module.maxDuration).toBeLessThanOrEqual(300)
  }
})

describeDrivers((open, driver) => {
  const folder = temporaryFolder('cron')
  const models: ModelServer[] = []
  let opened: TestDatabase
  let runtime: Runtime
  let call: Call
  beforeAll(async () => {
    opened = await open()
    ;({ runtime, call } = await serve(opened))
  })
  beforeEach(() => setRuntime(runtime))
  afterAll(async () => {
    await runtime.events.close()
    setRuntime(null)
    for (const model of models) await model.close()
    folder.dispose()
  })

  const ask = (path: CronPath): Promise<Received> => call(handlerOf(path), { path, token: SECRET })
  const tick = () => ask('/api/cron/tick')
  const db = () => runtime.database.db

  describe('who calls', () => {
    test.each(cronPaths)(
      '%s: nobody, a wrong secret and the installation’s token are 401 without detail',
      async (path) => {
        const tokens = [null, 'wrong', `${SECRET}x`, SECRET.slice(1), runtime.token]
        for (const token of tokens) {
          const { status, json } = await call(handlerOf(path), { path, token })
          expect([status, json.code, json.detail]).toEqual([401, 'unauthorized', 'Unauthorized.'])
          expect(json).not.toHaveProperty('mend')
          expect(json).not.toHaveProperty('place')
        }
        for (const authorization of ['Basic x', SECRET, `Bearer`, `Bearer ${SECRET} ${SECRET}`]) {
          const headers = { authorization }
          expect((await call(handlerOf(path), { path, token: null, headers })).status).toBe(401)
        }
      },
    )

    test('that is audited once a minute, however often it happens', async () => {
      await Promise.all(
        Array.from({ length: 10 }, () => call(handlerOf('/api/cron/tick'), { token: 'wrong' })),
      )
      const noted = () => db().select().from(auditLog).where(eq(auditLog.action, 'cron.refused'))
      expect(await noted()).toHaveLength(1)
      expect((await noted())[0]?.data).toEqual({ path: expect.stringMatching(/^\/api\//) })
    })

    test('a foreign host is refused, with the secret too', async () => {
      const sent = { path: '/api/cron/tick', token: SECRET, headers: { host: 'evil.example' } }
      expect((await call(handlerOf('/api/cron/tick'), sent)).status).toBe(403)
    })
  })

  test('each says what it did', async () => {
    const answers = await Promise.all(cronPaths.map(ask))
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 200])
    for (const [i, path] of cronPaths.entries()) {
      const output = handlerOf(path)?.info.output
      if (typeof output === 'object') output.parse(answers[i]?.json)
    }
  })

  test('schedules: what is due is started, and new ones are read', async () => {
    const cron = '{ on: schedule, cron: "0 * * * *", flow: [tester] }'
    const root = makeRepository(
      folder.path,
      { 'devpilot.yaml': `pipeline: { triggers: [${cron}] }\n` },
      'scheduled',
    )
    await startRun({ ctx: contextOf(opened), input: { repository: root, flow: 'tests' } })
    // Read by a test before this one, they would be read again in five minutes.
    await db().delete(duties)
    expect((await ask('/api/cron/schedules')).json).toMatchObject({ added: 1, started: [], problems: [] })
    expect((await ask('/api/cron/schedules')).json).toMatchObject({ repositories: 0 })
    await db().update(schedules).set({ nextAt: sql`date_trunc('hour', now())` })
    const all = await Promise.all([ask('/api/cron/schedules'), ask('/api/cron/schedules')])
    expect(all.flatMap(({ json }) => json.started)).toHaveLength(1)
    // Its runs are no matter of the tests that follow.
    await db().execute(sql`update jobs set state = 'parked'`)
  })

  test('gates: the one whose time is over lapses; no run is worked on', async () => {
    const ctx = contextOf(opened)
    const [waiting, later, queued] = [await someRun(ctx), await someRun(ctx), await someRun(ctx)]
    const flow = ['prepare', 'coder', 'gate:pre-merge-main', 'merge'] as const
    const limits = { gates: [gatePolicy('pre-merge-main', { onTimeout: 'block' })] }
    await db().execute(sql`update jobs set state = 'parked' where run_id = ${queued}`)
    await drain(scriptedEngine(db(), (work) => goOn(work, flow, limits)))
    await db().execute(sql`update jobs set state = 'ready', due_at = now() where run_id = ${queued}`)
    await passTime(db(), waiting, 'wait')
    const all = await Promise.all([ask('/api/cron/gates'), ask('/api/cron/gates')])
    expect(all.reduce((sum, { json }) => sum + Number(json.lapsed), 0)).toBe(1)
    const overdue = async (run: string) =>
      (await db().select().from(gates).where(eq(gates.runId, run)))[0]?.overdue
    expect([await overdue(waiting), await overdue(later)]).toEqual([true, false])
    expect((await runRow(db(), queued)).status).toBe('queued')
    await db().execute(sql`update jobs set state = 'parked'`)
  })

  describe('tick', () => {
    let made = 0
    /** A run whose planner looks so many times and then hands its plan in, each answer after some time. */
    const planning = async (looks: number, answerMs: number, count = 1, script: Script | null = null) => {
      const model = await modelServer(async (asked) => {
        await new Promise((resolve) => setTimeout(resolve, answerMs))
        await script?.(asked)
        return asked.turn < looks
          ? { calls: [['read_file', { path: `f${asked.turn}.txt` }]] }
          : finish(planOf(['f0.txt']))
      })
      models.push(model)
      made += 1
      const files = Object.fromEntries(Array.from({ length: 12 }, (_, i) => [`f${i}.txt`, `text ${i}\n`]))
      const root = makeRepository(
        folder.path,
        { ...files, 'devpilot.yaml': configFor(model.url) },
        `planned-${made}`,
      )
      const input = { repository: root, task: 'Plan it.', overrides: { steps: ['planner'] } }
      const ids: string[] = []
      for (let i = 0; i < count; i += 1) ids.push((await startRun({ ctx: contextOf(opened), input })).id)
      return { model, ids, id: ids[0] ?? '' }
    }
    const statusOf = async (id: string) => (await runRow(db(), id)).status
    const beadsOf = async (id: string) => {
      const rows = await db().select().from(beads).where(eq(beads.runId, id)).orderBy(asc(beads.seq))
      return rows.map(({ step, attempt, status }) => `${step} ${attempt} ${status}`)
    }
    const tickUntilDone = async (ids: readonly string[], atOnce = 1): Promise<void> => {
      for (let round = 0; round < 5; round += 1) {
        const all = await Promise.all(Array.from({ length: atOnce }, tick))
        expect(all.map(({ json }) => json.problem)).toEqual(all.map(() => null))
        if ((await Promise.all(ids.map(statusOf))).every((status) => status === 'succeeded')) return
      }
      throw new Error(`the runs are still ${await Promise.all(ids.map(statusOf))}`)
    }

    test('runs go on where webhooks cannot be worked on', async () => {
      const id = await someRun(contextOf({ database: runtime.database, home: runtime.home }))
      const as = () => {
        throw new Error('the login of auth is gone')
      }
      const broken = { ...runtime, database: Object.create(runtime.database, { as: { value: as } }) }
      expect(await runSlice(broken, 5_000)).toMatchObject({ problem: null })
      expect(await statusOf(id)).not.toBe('queued')
    })

    test('a webhook that waits is worked on, and its run begun, once for all slices', async () => {
      const yaml = 'pipeline: { triggers: [{ on: github_issue, flow: [planner] }] }\n'
      const source = makeRepository(folder.path, { 'devpilot.yaml': yaml }, 'hooked')
      const name = 'acme/hooked'
      const row = { id: newId(), name, forge: 'github', source, defaultBranch: 'main' } as const
      await db().insert(repositories).values(row)
      const payload = example('issues', 'opened', { 'repository.full_name': name })
      const input = { delivery: 'cron-1', event: 'issues', text: JSON.stringify(payload), payload }
      expect((await receiveWebhook({ db: db(), input })).status).toBe('waiting')
      await Promise.all([tick(), tick()])
      const [delivery] = await db().select().from(webhookDeliveries)
      expect(delivery).toMatchObject({ status: 'handled', attempts: 1, runId: expect.any(String) })
      const started = await db().select().from(runs).where(eq(runs.repositoryId, row.id))
      expect(started.map(({ id }) => id)).toEqual([delivery?.runId])
      await db().execute(sql`update jobs set state = 'parked'`)
    })

    test('slices at the same time do not disturb each other: each step of each run is done once', async () => {
      const { ids, model } = await planning(1, 20, 4)
      await tickUntilDone(ids, 2)
      for (const id of ids) {
        expect(await beadsOf(id)).toEqual(['prepare 1 completed', 'planner 1 completed'])
        expect(await db().select().from(turns).where(eq(turns.runId, id))).toHaveLength(2)
      }
      expect(model.asked).toHaveLength(2 * ids.length)
    })

    // The proxy of the hosted driver is in this very process.
    test.skipIf(driver === 'vercel')(
      'a slice that is killed loses nothing: the next goes on from its last turn',
      async () => {
        let third: () => void = () => {}
        const reached = new Promise<void>((resolve) => {
          third = resolve
        })
        const { id, model } = await planning(4, 100, 1, async ({ nth, gone }) => {
          if (nth !== 3) return {}
          third()
          await gone
          return {}
        })
        if (opened.url === null) await runtime.close()
        const child = spawn(
          process.execPath,
          ['--import', './cli/loader.mjs', 'tests/support/slice-process.ts'],
          {
            cwd: packageRoot(),
            env: {
              PATH: process.env.PATH,
              HOME: opened.home,
              NODE_ENV: 'test',
              DEVPILOT_HOME: opened.home,
              ...(opened.url === null ? {} : { DATABASE_URL: opened.url }),
            },
            stdio: ['ignore', 'inherit', 'inherit'],
          },
        )
        const closed = new Promise((resolve) => child.on('close', resolve))
        await reached
        child.kill('SIGKILL')
        await closed
        if (opened.url === null) {
          const database = await openDatabase({ home: opened.home })
          runtime = await openRuntime({ home: opened.home, database })
          setRuntime(runtime)
        }
        await passTime(db(), id, 'lease')
        await tickUntilDone([id])
        // The third call was cut off with its process and is made again; no other is.
        expect(model.asked.map(({ answered }) => answered)).toEqual([true, true, false, true, true, true])
        expect(await db().select().from(turns).where(eq(turns.runId, id))).toHaveLength(5)
        expect(await beadsOf(id)).toEqual(['prepare 1 completed', 'planner 1 completed'])
        if (opened.url === null) await runtime.database.close()
      },
    )
  })
})
