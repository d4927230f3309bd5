import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { asc, eq } from 'drizzle-orm'
import pg from 'pg'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { beads, jobs, runs } from '@/drizzle/schema'
import { type Database, openDatabase } from '@/lib/db/client'
import { startWorker } from '@/lib/engine/worker'
import { toAppError } from '@/lib/errors'
import { havePostgres, type StoppableServer, startStoppable } from '../support/postgres'
import { requires } from '../support/require'
import { goOn, scriptedEngine } from '../support/scripted-engine'
import { contextOf, someRun } from '../support/services'

const flow = ['prepare', 'coder', 'reviewer', 'tester'] as const
const RUNS = 6
/** Short, so that what a worker could not give back is taken up soon. */
const LEASE_MS = 3_000

describe.skipIf(!requires('postgres', havePostgres()))(
  'a database that goes away while runs are worked on',
  () => {
    let server: StoppableServer
    const opened: Database[] = []
    const folders: string[] = []
    beforeAll(async () => {
      server = await startStoppable()
    })
    afterEach(async () => {
      for (const database of opened.splice(0)) await database.close()
    })
    afterAll(async () => {
      await server.stop()
      for (const folder of folders) rmSync(folder, { recursive: true, force: true })
    })

    const sql = async (...statements: string[]): Promise<void> => {
      const client = new pg.Client({ connectionString: server.url })
      await client.connect()
      try {
        for (const statement of statements) await client.query(statement)
      } finally {
        await client.end()
      }
    }
    const nameOf = (url: string) => new URL(url).pathname.slice(1)
    const hangUp = (name: string) =>
      `select pg_terminate_backend(pid) from pg_stat_activity where datname = '${name}' and pid <> pg_backend_pid()`

    /** Works on runs with a real worker, makes trouble in the middle, and mends it once the worker has felt it. */
    const outage = async (url: string, trouble: () => Promise<void>, mend: () => Promise<void>) => {
      const home = mkdtempSync(join(tmpdir(), 'devpilot-outage-'))
      folders.push(home)
      const database = await openDatabase({ url, home })
      opened.push(database)
      const ctx = contextOf({ database, home })
      const ids: string[] = []
      for (let i = 0; i < RUNS; i += 1) ids.push(await someRun(ctx))
      const errors: unknown[] = []
      const begun: string[] = []
      const felt = () => errors.map((one) => (Array.isArray(one) ? one[1] : one))
      const engine = scriptedEngine(
        database.db,
        async (work, record) => {
          begun.push(`${work.run.id} ${work.bead.step}`)
          await new Promise((resolve) => setTimeout(resolve, 100))
          // Enough that a full disk is felt.
          await record.event('log', { text: 'x'.repeat(1_000_000) })
          return goOn(work, flow)
        },
        { leaseMs: LEASE_MS, errors },
      )
      const worker = startWorker(engine, 3, (error) => errors.push(error))
      try {
        await until(() => begun.length > 5)
        await trouble()
        await until(() => felt().length > 2)
        await mend()
        await until(async () => {
          const open = await database.db
            .select({ status: runs.status })
            .from(runs)
            .catch(() => [])
          return (
            open.length === RUNS && open.every(({ status }) => status === 'succeeded' || status === 'failed')
          )
        })
      } finally {
        await worker.stop()
      }
      for (const id of ids) {
        const [run] = await database.db.select().from(runs).where(eq(runs.id, id))
        expect([run?.status, run?.state?.error]).toEqual(['succeeded', null])
        const rows = await database.db.select().from(beads).where(eq(beads.runId, id)).orderBy(asc(beads.seq))
        expect(rows.map(({ step, attempt, status }) => `${step} ${attempt} ${status}`)).toEqual(
          flow.map((step) => `${step} 1 completed`),
        )
        const [job] = await database.db.select().from(jobs).where(eq(jobs.runId, id))
        expect(job).toMatchObject({ state: 'parked', leaseOwner: null })
      }
      return felt().map((error) => toAppError(error))
    }

    test('stopped and started again: workers wait and go on, no run fails', async () => {
      const seen = await outage(await server.create(), server.halt, server.goOn)
      expect(seen.every(({ transient }) => transient)).toBe(true)
      expect(new Set(seen.map(({ code }) => code))).toEqual(new Set(['unavailable']))
    })

    test('connections cut, again and again', async () => {
      const url = await server.create()
      const name = nameOf(url)
      const cut = async () => {
        for (let i = 0; i < 5; i += 1) {
          await sql(hangUp(name))
          await new Promise((resolve) => setTimeout(resolve, 100))
        }
      }
      const seen = await outage(url, cut, async () => {})
      expect(seen.filter(({ code }) => code !== 'unavailable')).toEqual([])
    })

    test('read-only for a while', async () => {
      const url = await server.create()
      const name = nameOf(url)
      const set = (value: string) => () =>
        sql(`alter database ${name} set default_transaction_read_only to ${value}`, hangUp(name))
      const seen = await outage(url, set('on'), set('off'))
      expect(seen.map(({ message }) => message)).toContain('The database is read-only at the moment.')
      expect(seen.every(({ transient }) => transient)).toBe(true)
    })

    test('its disk is full for a while', async ({ skip }) => {
      // Made here and not before: a test that is left out must leave no disk behind.
      const disk = smallDisk()
      if (!requires('a small disk (mount, as root)', disk !== null) || !disk) return skip()
      const url = await server.create()
      const name = nameOf(url)
      await sql(
        `create tablespace small location '${disk.folder}'`,
        `alter database ${name} set tablespace small`,
      )
      const junk = join(disk.folder, 'junk')
      const fill = async () => {
        for (let kilobytes = 8_192; kilobytes >= 8; kilobytes /= 2) {
          try {
            for (let i = 0; ; i += 1)
              writeFileSync(`${junk}-${kilobytes}-${i}`, Buffer.alloc(kilobytes * 1_024))
          } catch (error) {
            if (!(error instanceof Error && 'code' in error && error.code === 'ENOSPC')) throw error
          }
        }
      }
      const free = async () => {
        execFileSync('sh', ['-c', `rm -f ${junk}-*`])
      }
      try {
        const seen = await outage(url, fill, free)
        expect(seen.map(({ message }) => message)).toContain('The disk of the database server is full.')
        expect(seen.every(({ transient }) => transient)).toBe(true)
      } finally {
        await free()
        for (const database of opened.splice(0)) await database.close()
        await sql(`drop database ${name} with (force)`, 'drop tablespace small')
        disk.gone()
      }
    })
  },
)

async function until(holds: () => boolean | Promise<boolean>): Promise<void> {
  const end = performance.now() + 50_000
  while (!(await holds())) {
    if (performance.now() > end) throw new Error('it did not come to that in 50 s')
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
}

/** A disk of 64 MB that belongs to the user whom the server runs as; null where none may be mounted. */
function smallDisk(): { folder: string; gone: () => void } | null {
  if (process.getuid?.() !== 0) return null
  const folder = mkdtempSync(join(tmpdir(), 'devpilot-small-disk-'))
  try {
    const id = (flag: string) => execFileSync('id', [flag, 'postgres'], { encoding: 'utf8' }).trim()
    const options = `size=64m,mode=0700,uid=${id('-u')},gid=${id('-g')}`
    execFileSync('mount', ['-t', 'tmpfs', '-o', options, 'tmpfs', folder], { stdio: 'ignore' })
    return {
      folder,
      gone: () => {
        execFileSync('umount', [folder])
        rmSync(folder, { recursive: true, force: true })
      },
    }
  } catch (error) {
    rmSync(folder, { recursive: true, force: true })
    process.stderr.write(`no small disk: ${String(error)}\n`)
    return null
  }
}
