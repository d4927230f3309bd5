import { spawn } from 'node:child_process'
import { asc, eq, sql } from 'drizzle-orm'
import { expect, test } from 'vitest'
import { auditLog, beads, repositories, runs, schedules } from '@/drizzle/schema'
import { databaseNow } from '@/lib/db/client'
import { newId } from '@/lib/db/ids'
import { packageRoot } from '@/lib/root'
import { verifyAudit } from '@/lib/services/audit/verify'
import { describeDatabases } from '../support/database'
import { contextOf, someRun } from '../support/services'

const MINUTES = 60_000
const HOUR = 60 * MINUTES

function work(home: string, url: string, jumps: readonly number[]): Promise<string[]> {
  const args = [
    '--import',
    './cli/loader.mjs',
    'tests/support/clock-process.ts',
    JSON.stringify({ home, url, jumps }),
  ]
  const child = spawn(process.execPath, args, { cwd: packageRoot(), stdio: ['ignore', 'pipe', 'inherit'] })
  let text = ''
  child.stdout.setEncoding('utf8').on('data', (part: string) => {
    text += part
  })
  return new Promise((resolve, reject) => {
    child.on('error', reject)
    child.on('close', (code) =>
      code === 0
        ? resolve(text.split('\n').filter((line) => line !== ''))
        : reject(new Error(`${code}: ${text}`)),
    )
  })
}

describeDatabases((open, driver) => {
  test.runIf(driver === 'pg')(
    'workers whose clocks differ by five minutes, or jump by an hour, break no lease and double nothing',
    async () => {
      const opened = await open()
      const { database, home, url } = opened
      if (url === null) throw new Error('no URL')
      const { db } = database
      const ctx = contextOf(opened)
      for (let i = 0; i < 6; i += 1) await someRun(ctx)
      const [repository] = await db.select().from(repositories).limit(1)
      const id = newId()
      await db.insert(schedules).values({
        id,
        repositoryId: repository?.id ?? '',
        key: 'hourly',
        cron: '0 * * * *',
        timeZone: 'UTC',
        flow: ['tester'],
        missed: 'once',
        nextAt: sql`date_trunc('hour', now())`,
      })
      const begun = await databaseNow(db)
      const said = (
        await Promise.all([
          work(home, url, [5 * MINUTES]),
          work(home, url, [-5 * MINUTES]),
          work(home, url, [HOUR, -HOUR, 0]),
        ])
      ).flat()
      const ended = await databaseNow(db)
      expect(said.filter((line) => line.startsWith('error'))).toEqual([])
      expect(said.filter((line) => line === `started ${id}`)).toHaveLength(1)
      const did = said.filter((line) => line.startsWith('did'))
      // Six runs and the scheduled one, three steps each.
      expect(did).toHaveLength(7 * 3)
      expect(new Set(did).size).toBe(7 * 3)
      const all = await db.select().from(runs)
      expect(all.map(({ status }) => status)).toEqual(Array.from({ length: 7 }, () => 'succeeded'))
      for (const run of all) {
        const rows = await db.select().from(beads).where(eq(beads.runId, run.id))
        expect(rows.map(({ attempt }) => attempt)).toEqual([1, 1, 1])
        const chain = await db
          .select()
          .from(auditLog)
          .where(eq(auditLog.chain, run.id))
          .orderBy(asc(auditLog.seq))
        const times = chain.slice(1).map(({ at }) => at.getTime())
        expect(times).toEqual(times.toSorted((a, b) => a - b))
        expect(times[0]).toBeGreaterThanOrEqual(begun.getTime())
        expect(times.at(-1)).toBeLessThanOrEqual(ended.getTime())
        expect(await verifyAudit({ ctx, input: { run: run.id } })).toMatchObject({ ok: true })
      }
    },
  )
})
