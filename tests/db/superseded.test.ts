import { spawn } from 'node:child_process'
import { cpSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { sql } from 'drizzle-orm'
import { expect, test } from 'vitest'
import { packageRoot } from '@/lib/root'
import { openRuntime, type Runtime } from '@/lib/runtime'
import { startEngine } from '@/lib/runtime/engine'
import { runSlice } from '@/lib/runtime/slice'
import { standBack } from '@/lib/runtime/superseded'
import { readiness } from '@/lib/services/stats/readiness'
import { devpilot, removed, temporaryFolder } from '../support/cli'
import { asLogin, describePostgres, type TestDatabase } from '../support/database'
import { drain, goOn, passTime, runRow, scriptedEngine } from '../support/scripted-engine'
import { contextOf, someRun } from '../support/services'

const WORDS = 'The database is of a newer DevPilot (it has 9999_from_the_future).'

/** The program in a folder of its own, where another version can be put in its place. */
function installed(): string {
  const folder = temporaryFolder()
  for (const part of ['cli', 'drizzle', 'lib', 'tests/support', 'package.json', 'tsconfig.json'])
    cpSync(join(packageRoot(), part), join(folder, part), { recursive: true })
  symlinkSync(join(packageRoot(), 'node_modules'), join(folder, 'node_modules'))
  return folder
}

/** What a newer version does first, seen from one that runs. */
const upgraded = ({ database }: TestDatabase) =>
  asLogin(database.db, sql`insert into devpilot_migrations (name) values ('9999_from_the_future')`)

describePostgres((open) => {
  test('a step under way when its statements are upgraded away is no failed step', async () => {
    const opened = await open()
    const ctx = contextOf(opened)
    const run = await someRun(ctx)
    const flow = ['prepare', 'coder'] as const
    const errors: unknown[] = []
    let away = false
    const engine = scriptedEngine(
      ctx.db,
      async (work) => {
        if (work.bead.step === 'coder' && !away) {
          away = true
          await asLogin(ctx.db, sql`alter function devpilot_settle(jsonb) rename to devpilot_settle_old`)
        }
        return goOn(work, flow)
      },
      { errors },
    )
    await drain(engine)
    expect(errors.flat().map(String)).toContain('a step could not be settled')
    // More often than a step may fail.
    for (let tries = 0; tries < 5; tries += 1) {
      await passTime(ctx.db, run, 'wait')
      await drain(engine)
    }
    expect((await runRow(ctx.db, run)).status).toBe('running')
    await asLogin(ctx.db, sql`alter function devpilot_settle_old(jsonb) rename to devpilot_settle`)
    await passTime(ctx.db, run, 'wait')
    await drain(engine)
    const { status, state } = await runRow(ctx.db, run)
    expect([status, state?.error, state?.counts.attempts]).toEqual(['succeeded', null, 0])
  })

  test('a process whose database is upgraded works on nothing more, and says so', async () => {
    const opened = await open()
    const runtime: Runtime = await openRuntime({ home: opened.home, database: opened.database })
    await startEngine(runtime, { concurrency: 1 })
    const ctx = runtime.context({ kind: 'system', id: 'test', name: 'test', via: 'test' })
    const ready = () => readiness({ ctx, input: { driver: 'pg', engine: runtime.engine ?? null } })
    expect(await ready()).toMatchObject({ status: 'ready', worker: 'running' })
    await upgraded(opened)
    await new Promise((resolve) => {
      runtime.superseded.signal.addEventListener('abort', resolve)
    })
    expect(runtime.superseded.signal.reason).toMatchObject({ code: 'bad_config', message: WORDS })
    expect(runtime.engine?.worker()).toBe('stopped')
    await expect(ready()).rejects.toMatchObject({
      code: 'unavailable',
      message: expect.stringContaining(WORDS),
      mend: expect.stringContaining('Run the newer version'),
    })
    expect(await runSlice(runtime, 1_000)).toEqual({ steps: 0, nextDueInMs: null, problem: WORDS })
    await runtime.engine?.stop()
    await runtime.events.close()
  })

  test('a process that is upgraded while it starts stands back as soon as it has started', async () => {
    const opened = await open()
    const runtime: Runtime = await openRuntime({ home: opened.home, database: opened.database })
    await upgraded(opened)
    // The first look of an engine that is not there yet.
    await standBack(runtime)
    await startEngine(runtime, { concurrency: 1 })
    await expect.poll(() => runtime.engine?.worker()).toBe('stopped')
    expect(runtime.superseded.signal.reason).toMatchObject({ message: WORDS })
    await runtime.engine?.stop()
    await runtime.events.close()
  })

  test('a newer version that is put in the place of one that runs is noticed by that one', async () => {
    const opened = await open()
    const folder = installed()
    const args = ['--import', './cli/loader.mjs', 'tests/support/newer-process.ts', opened.url ?? '']
    const child = spawn(process.execPath, args, { cwd: folder, stdio: ['pipe', 'pipe', 'inherit'] })
    let text = ''
    child.stdout.setEncoding('utf8').on('data', (part: string) => {
      text += part
    })
    await expect.poll(() => text).toBe('open\n')
    writeFileSync(join(folder, 'drizzle', 'migrations', '9999_from_the_future.sql'), 'select 1')
    await upgraded(opened)
    child.stdin.end('look\n')
    await expect.poll(() => text).toBe('open\n9999_from_the_future\n')
    removed(folder)
  })

  test('a worker ends, and tells why', async () => {
    const opened = await open()
    const home = temporaryFolder()
    const { code, stderr } = await devpilot(['worker'], {
      env: { DEVPILOT_HOME: home, DATABASE_URL: opened.url ?? '' },
      once: { says: 'Working:', call: () => void upgraded(opened) },
    })
    removed(home)
    expect(stderr).toContain('Working: 1 at a time')
    expect(stderr).toContain(WORDS)
    expect([code, stderr.includes('Run the newer version')]).toEqual([1, true])
  })
})
