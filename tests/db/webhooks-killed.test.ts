import { spawn } from 'node:child_process'
import { eq, sql } from 'drizzle-orm'
import { afterAll, expect, test } from 'vitest'
import { webhookDeliveries } from '@/drizzle/schema'
import { allRows } from '@/lib/db/client'
import { packageRoot } from '@/lib/root'
import { describePostgres } from '../support/database'
import { temporaryFolder } from '../support/repos'

import { everything, place } from '../support/webhook-place'

describePostgres((open) => {
  const folder = temporaryFolder('webhooks-killed')
  afterAll(folder.dispose)
  const until = async (is: () => Promise<boolean>) => {
    for (let tries = 0; !(await is()); tries += 1) {
      if (tries > 6_000) throw new Error('the worker did not come there')
      await new Promise((resolve) => setTimeout(resolve, 5))
    }
  }

  test('a worker that is killed between the run and its mark has started none; the next starts one', async () => {
    const opened = await open()
    const { db, repository, issue, row, passTime, work } = place(opened, folder.path)
    const { name, runs: made } = await repository(everything)
    const id = await issue(name, 'opened')
    const given = JSON.stringify({ home: `${opened.home}/other`, url: opened.url })
    const child = spawn(
      process.execPath,
      ['--import', './cli/loader.mjs', 'tests/support/webhook-process.ts', given],
      {
        cwd: packageRoot(),
        env: { PATH: process.env.PATH, HOME: opened.home, NODE_ENV: 'test' },
        stdio: ['ignore', 'ignore', 'inherit'],
      },
    )
    const closed = new Promise((resolve) => child.on('close', resolve))
    try {
      await until(async () => (await row(id)).attempts === 1)
      await db.transaction(async (tx) => {
        // It waits for this row at its mark, when the run is inserted.
        await tx.select().from(webhookDeliveries).where(eq(webhookDeliveries.id, id)).for('update')
        await until(
          async () => allRows(await db.execute(sql`select 1 from pg_locks where not granted`)).length > 0,
        )
        child.kill('SIGKILL')
        await closed
      })
    } finally {
      child.kill('SIGKILL')
    }
    expect(await made()).toEqual([])
    expect(await work()).toBe(0)
    await passTime(id)
    expect(await work()).toBe(1)
    expect(await made()).toHaveLength(1)
    expect(await row(id)).toMatchObject({ status: 'handled', attempts: 2 })
  })
})
