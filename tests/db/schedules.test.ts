import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { asc, eq, like, sql } from 'drizzle-orm'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { auditLog, repositories, runEvents, runs, schedules } from '@/drizzle/schema'
import { type Db, firstRow } from '@/lib/db/client'
import { runDueSchedules } from '@/lib/runtime/schedules/due'
import { syncSchedules } from '@/lib/runtime/schedules/sync'
import type { ServiceContext } from '@/lib/services/context'
import { addRepository } from '@/lib/services/repositories/add'
import { findOrRegister } from '@/lib/services/repositories/register'
import { removeRepository } from '@/lib/services/repositories/remove'
import { listSchedules } from '@/lib/services/schedules/list'
import { asLogin, describeDrivers } from '../support/database'
import { makeRepository, temporaryFolder, userGit } from '../support/repos'
import { contextOf } from '../support/services'

const hourly = '{ on: schedule, cron: "0 * * * *", flow: [tester, reviewer] }'
const nightly = '{ on: schedule, cron: "30 2 * * *", time_zone: Europe/Berlin, missed: skip, flow: [tester] }'
const file = (...triggers: string[]) =>
  `pipeline:\n  triggers:\n${triggers.map((one) => `    - ${one}\n`).join('')}`

describeDrivers((open, driver) => {
  const folder = temporaryFolder('schedules')
  let ctx: ServiceContext
  let db: Db
  beforeAll(async () => {
    ctx = contextOf(await open())
    db = ctx.db
  })
  afterAll(folder.dispose)

  const sync = () => syncSchedules({ db, home: ctx.home })
  const due = () => runDueSchedules({ db, home: ctx.home })
  let made = 0
  const repository = async (yaml: string) => {
    made += 1
    const root = makeRepository(folder.path, { 'devpilot.yaml': yaml, 'a.txt': 'a\n' }, `source-${made}`)
    const { id } = await addRepository({ ctx, input: { repository: root } })
    const rows = () =>
      db
        .select()
        .from(schedules)
        .where(eq(schedules.repositoryId, id))
        .orderBy(asc(schedules.createdAt), asc(schedules.cron))
    const commit = (text: string) => {
      writeFileSync(join(root, 'devpilot.yaml'), text)
      userGit(root, 'commit', '-q', '-a', '-m', 'change')
    }
    const shown = async () => (await listSchedules({ ctx, input: { repository: id } })).items
    return { id, root, rows, commit, shown }
  }
  const audited = async (action: string) => {
    const found = await db
      .select()
      .from(auditLog)
      .where(like(auditLog.action, action))
      .orderBy(asc(auditLog.seq))
    return found.map(({ action: name, data }) => [name, data] as const)
  }
  const runsOf = (id: string) => db.select().from(runs).where(eq(runs.repositoryId, id))
  /** As if the time had come so many hours ago, on the hour. */
  const passed = (id: string, hours: number) =>
    db
      .update(schedules)
      .set({ nextAt: sql`date_trunc('hour', now()) - ${`${hours} hours`}::interval` })
      .where(eq(schedules.repositoryId, id))
  const hourNow = async () => {
    const row = firstRow(
      await db.execute(sql`select (extract(epoch from date_trunc('hour', now())) * 1000)::text as ms`),
    )
    return new Date(Number(row?.ms))
  }
  // What one test leaves bothers no later one: its folders are as on another machine.
  afterEach(async () => {
    await db.update(repositories).set({ source: sql`'/gone/' || ${repositories.id}` })
    await db.update(schedules).set({ nextAt: null, problem: null })
  })

  describe('reading them', () => {
    test('each becomes a row with its next time; the second reading changes nothing', async () => {
      const one = await repository(file(hourly, nightly))
      expect(await sync()).toMatchObject({ added: 2, changed: 0, removed: 0, problems: [] })
      const rows = await one.rows()
      expect(rows.map(({ cron, timeZone, flow, missed }) => [cron, timeZone, flow, missed])).toEqual([
        ['0 * * * *', 'UTC', ['tester', 'reviewer'], 'once'],
        ['30 2 * * *', 'Europe/Berlin', ['tester'], 'skip'],
      ])
      expect(rows[0]?.nextAt).toEqual(new Date((await hourNow()).getTime() + 3_600_000))
      const zone = {
        timeZone: 'Europe/Berlin',
        hour: '2-digit',
        minute: '2-digit',
        hourCycle: 'h23',
      } as const
      expect(rows[1]?.nextAt?.toLocaleTimeString('en', zone)).toBe('02:30')
      expect(await sync()).toMatchObject({ added: 0, changed: 0, removed: 0 })
      expect(await one.rows()).toEqual(rows)
      const said = (await audited('schedule.%')).map(([action]) => action)
      expect(said).toEqual(['schedule.added', 'schedule.added'])
    })

    test('what is moved stays, what is changed or taken out is audited, what comes back goes on', async () => {
      const one = await repository(file(hourly, nightly))
      await sync()
      const before = await one.rows()
      one.commit(file(nightly, hourly.replace('[tester, reviewer]', '[tester]')))
      expect(await sync()).toMatchObject({ added: 0, changed: 1, removed: 0 })
      expect((await one.rows()).map(({ nextAt }) => nextAt)).toEqual(before.map(({ nextAt }) => nextAt))
      expect((await audited('schedule.changed')).at(-1)?.[1]).toMatchObject({
        flow: ['tester'],
        was: { flow: ['tester', 'reviewer'] },
      })
      one.commit('project: { name: x }\n')
      expect(await sync()).toMatchObject({ added: 0, changed: 0, removed: 2 })
      expect(await one.shown()).toEqual([])
      one.commit(file(hourly))
      expect(await sync()).toMatchObject({ added: 1 })
      expect((await one.shown()).map(({ cron }) => cron)).toEqual(['0 * * * *'])
    })

    test('of a file that does not parse the last good ones stay in force, and it is said', async () => {
      const one = await repository(file(hourly))
      await sync()
      one.commit(file(hourly.replace('0 *', '0 25')))
      const report = await sync()
      expect(report).toMatchObject({ added: 0, changed: 0, removed: 0 })
      expect(report.problems.map(({ message }) => message).join()).toContain(
        'devpilot.yaml:3:29 pipeline.triggers[0].cron',
      )
      const [shown] = await one.shown()
      expect(shown?.problem).toContain('"0 25 * * *" is no cron time')
      expect(shown?.nextAt).not.toBeNull()
      await passed(one.id, 0)
      expect((await due()).started).toHaveLength(1)
      one.commit(file(hourly))
      await sync()
      expect(await one.shown()).toMatchObject([{ problem: null }])
    })

    test('a repository that cannot be read stops no other, and a folder of another machine is passed over', async () => {
      const gone = await repository(file(hourly))
      const good = await repository(file(nightly))
      userGit(gone.root, 'checkout', '-q', '--detach')
      userGit(gone.root, 'branch', '-D', 'main')
      writeFileSync(join(gone.root, '.git', 'HEAD'), 'ref: refs/heads/nothing\n')
      await db.transaction((tx) => findOrRegister(tx, ctx, '/a/folder/of/another/machine'))
      const report = await sync()
      expect(report.problems.map(({ repository }) => repository)).toEqual(['source-4'])
      expect(await good.rows()).toHaveLength(1)
      await db.delete(repositories).where(eq(repositories.id, gone.id))
    })

    test('two that read at once add each schedule once', async () => {
      const one = await repository(file(hourly, nightly))
      const reports = await Promise.all([sync(), sync(), sync()])
      expect(reports.reduce((sum, { added }) => sum + added, 0)).toBe(2)
      expect(await one.rows()).toHaveLength(2)
    })

    test('a repository that is removed while its file is read gets none', async () => {
      const one = await repository(file(hourly))
      let removed: Promise<unknown> | undefined
      // Its file was read; what it says is about to be kept.
      const later = new Proxy(db, {
        get: (target, name) => {
          const found = Reflect.get(target, name)
          if (name !== 'transaction') return typeof found === 'function' ? found.bind(target) : found
          return async (...work: Parameters<Db['transaction']>) => {
            removed ??= removeRepository({ ctx, input: { repository: one.id } })
            await removed
            return target.transaction(...work)
          }
        },
      })
      expect(await syncSchedules({ db: later, home: ctx.home })).toMatchObject({ added: 0 })
      expect(await one.rows()).toEqual([])
    })

    test('steps of agents that are switched off fall out; the same time twice is two schedules', async () => {
      const off = 'agents: { reviewer: { enabled: false } }\n'
      const one = await repository(
        `${off}${file(hourly, hourly.replace('[tester, reviewer]', '[debugger]'))}`,
      )
      await sync()
      expect((await one.rows()).map(({ key, flow }) => [key, flow])).toEqual([
        ['0 * * * * UTC', ['tester']],
        ['0 * * * * UTC #2', ['debugger']],
      ])
    })
  })

  describe('starting runs', () => {
    test('a run is started when its time has come, and once', async () => {
      const one = await repository(file(hourly))
      await sync()
      expect((await due()).started).toEqual([])
      await passed(one.id, 0)
      let woken = 0
      const report = await runDueSchedules({ db, home: ctx.home, wake: () => (woken += 1) })
      expect(report).toMatchObject({ started: [{ times: 1 }], skipped: 0, problems: [] })
      expect(woken).toBe(1)
      const [run] = await runsOf(one.id)
      expect(run).toMatchObject({
        trigger: 'schedule',
        status: 'queued',
        title: 'Schedule 0 * * * * (UTC): tester, reviewer',
        overrides: { steps: ['tester', 'reviewer'] },
        requestedBy: { kind: 'system', id: 'schedules' },
      })
      const hour = await hourNow()
      const [row] = await one.rows()
      expect(row).toMatchObject({
        lastAt: hour,
        lastRunId: run?.id,
        nextAt: new Date(hour.getTime() + 3_600_000),
      })
      expect((await audited('schedule.started')).at(-1)?.[1]).toMatchObject({
        run: run?.id,
        times: 1,
        cron: '0 * * * *',
      })
      expect(await one.shown()).toMatchObject([{ lastRun: { id: run?.id, status: 'queued' } }])
      expect((await due()).started).toEqual([])
      expect(await runsOf(one.id)).toHaveLength(1)
    })

    test('of many that look at the same time one starts it', async () => {
      const all = [
        await repository(file(hourly)),
        await repository(file(hourly)),
        await repository(file(hourly)),
      ]
      await sync()
      for (const { id } of all) await passed(id, 0)
      const reports = await Promise.all(Array.from({ length: 8 }, due))
      expect(reports.flatMap(({ started }) => started)).toHaveLength(3)
      for (const { id } of all) expect(await runsOf(id)).toHaveLength(1)
    })

    test.skipIf(driver === 'pglite')(
      'one that is removed at the same time waits for it, and not in a circle',
      async () => {
        const one = await repository(file(hourly))
        await sync()
        await passed(one.id, 0)
        await asLogin(
          db,
          sql`create function slow_start() returns trigger language plpgsql as $$
          begin perform pg_sleep(0.6); return new; end $$`,
          sql`create trigger slow_start before insert on agent_runs for each row execute function slow_start()`,
        )
        const started = due()
        await new Promise((resolve) => setTimeout(resolve, 200))
        const removing = removeRepository({ ctx, input: { repository: one.id } })
        await expect(removing).rejects.toMatchObject({ code: 'conflict' })
        expect(await started).toMatchObject({ started: [{ times: 1 }], problems: [] })
        expect(await runsOf(one.id)).toHaveLength(1)
        await asLogin(db, sql`drop trigger slow_start on agent_runs`, sql`drop function slow_start()`)
      },
    )

    test('missed: once starts one run for all times that passed, and says so', async () => {
      const one = await repository(file(hourly))
      await sync()
      await passed(one.id, 3)
      expect(await due()).toMatchObject({ started: [{ times: 4 }], skipped: 0 })
      const [run, ...more] = await runsOf(one.id)
      expect(more).toEqual([])
      const told = await db
        .select()
        .from(runEvents)
        .where(eq(runEvents.runId, run?.id ?? ''))
      expect(told.map(({ data }) => data.text).join()).toContain('Started once for 4 times that passed since')
    })

    test('missed: skip starts none for what is long past, and its next time stands', async () => {
      const one = await repository(file(hourly.replace('flow', 'missed: skip, flow')))
      await sync()
      // Once a day, and that was two hours ago.
      const old = sql.raw("(date_trunc('hour', now()) - interval '2 hours')")
      await db
        .update(schedules)
        .set({
          nextAt: old,
          cron: sql`'0 ' || extract(hour from ${old} at time zone 'UTC')::int || ' * * *'`,
        })
        .where(eq(schedules.repositoryId, one.id))
      expect(await due()).toMatchObject({ started: [], skipped: 1 })
      expect(await runsOf(one.id)).toEqual([])
      const [row] = await one.rows()
      expect(row?.nextAt?.getTime()).toBeGreaterThan((await hourNow()).getTime())
      expect((await audited('schedule.skipped')).at(-1)?.[1]).toMatchObject({ times: 1 })
    })

    test('a crash or an error in the middle leaves nothing, and the run is started later', async () => {
      const one = await repository(file(hourly))
      await sync()
      await passed(one.id, 0)
      await asLogin(
        db,
        sql`create function refuse_start() returns trigger language plpgsql as $$
        begin if new.action = 'schedule.started' then raise exception using errcode = '57P01', message = 'gone'; end if; return new; end $$`,
        sql`create trigger refuse_start before insert on audit_log for each row execute function refuse_start()`,
      )
      await expect(due()).rejects.toThrow()
      expect(await runsOf(one.id)).toEqual([])
      await asLogin(db, sql`drop trigger refuse_start on audit_log`)
      expect((await due()).started).toHaveLength(1)
      expect(await runsOf(one.id)).toHaveLength(1)
    })

    test('a clock that jumps forward and back starts nothing twice', async () => {
      const one = await repository(file(hourly))
      await sync()
      await passed(one.id, 0)
      await due()
      const [row] = await one.rows()
      // The database's clock ran ahead when it looked, and is right again: the same time comes once more.
      await db
        .update(schedules)
        .set({ nextAt: row?.lastAt ?? null })
        .where(eq(schedules.repositoryId, one.id))
      expect(await due()).toMatchObject({ started: [], skipped: 1 })
      // Taken out of the file and put back while the clock says that it is an hour ago.
      const ahead = new Date((row?.nextAt?.getTime() ?? 0) + 3_600_000)
      await db
        .update(schedules)
        .set({ nextAt: null, lastAt: ahead })
        .where(eq(schedules.repositoryId, one.id))
      await sync()
      expect((await one.rows())[0]?.nextAt).toEqual(new Date(ahead.getTime() + 3_600_000))
      expect(await runsOf(one.id)).toHaveLength(1)
    })

    test('one that cannot be followed says why, and the others go on', async () => {
      const [bad, good] = [await repository(file(hourly)), await repository(file(hourly))]
      await sync()
      await passed(bad.id, 1)
      await passed(good.id, 0)
      await db.update(schedules).set({ timeZone: 'Mars/Olympus' }).where(eq(schedules.repositoryId, bad.id))
      const report = await due()
      expect(report.started).toHaveLength(1)
      expect(report.problems).toEqual([
        { schedule: expect.any(String), message: expect.stringContaining('Mars/Olympus') },
      ])
      expect(await bad.shown()).toMatchObject([
        { nextAt: null, problem: expect.stringContaining('Mars/Olympus') },
      ])
    })
  })
})
