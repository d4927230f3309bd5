import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { eq, sql } from 'drizzle-orm'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { auditLog, beads, budgetAccounts, budgetReservations, runEvents, runs, turns } from '@/drizzle/schema'
import { type Database, type Db, openDatabase } from '@/lib/db/client'
import { startWorker } from '@/lib/engine/worker'
import { asLogin } from '../support/database'
import { losesAnswer } from '../support/lost-answer'
import { havePostgres, type StoppableServer, startStoppable } from '../support/postgres'
import { requires } from '../support/require'
import { lookTwice, scriptedCoder } from '../support/scripted-coder'
import { goOn, scriptedEngine } from '../support/scripted-engine'
import { type Answer, scriptedModel } from '../support/scripted-model'
import { contextOf, someRun } from '../support/services'

const flow = ['prepare', 'coder'] as const
/** Of one call: a hundred tokens in, ten out. */
const price = { input: 1, output: 1, cachedInput: 1 }
const CALL_MICROS = 110

describe.skipIf(!requires('postgres', havePostgres()))(
  'what a model was paid for is kept, though the database',
  () => {
    let server: StoppableServer
    let home: string
    let database: Database
    beforeAll(async () => {
      server = await startStoppable()
    })
    beforeEach(() => {
      home = mkdtempSync(join(tmpdir(), 'devpilot-kept-'))
    })
    afterEach(async () => {
      await database.close()
      rmSync(home, { recursive: true, force: true })
    })
    afterAll(() => server.stop())

    const open = async (url: string): Promise<Db> => {
      database = await openDatabase({ url, home })
      return database.db
    }

    /** Three turns with a real worker. Nothing is asked, looked at or paid twice, whatever happens. */
    const work = async (
      db: Db,
      { answering, looking }: { answering?: Answer['during']; looking?: (at: number) => Promise<void> },
    ): Promise<void> => {
      const run = await someRun(contextOf({ database, home }))
      const [first, ...rest] = lookTwice
      const model = scriptedModel([{ ...first, ...(answering && { during: answering }) }, ...rest], price)
      const looked: number[] = []
      const engine = scriptedEngine(db, async (at, record) => {
        if (at.bead.step !== 'coder') return goOn(at, flow)
        return scriptedCoder(at, record, model, async (place) => {
          looked.push(place)
          await looking?.(place)
        })
      })
      const worker = startWorker(engine, 1, () => {})
      const statusNow = async () => {
        const [row] = await db.select({ status: runs.status }).from(runs).where(eq(runs.id, run))
        return row?.status
      }
      try {
        await expect.poll(() => statusNow().catch(() => 'away'), { timeout: 60_000 }).toBe('succeeded')
      } finally {
        await worker.stop()
      }
      expect([model.requests.length, looked]).toEqual([3, [1, 2]])
      const kept = await db
        .select({ seq: turns.seq, results: turns.toolResults })
        .from(turns)
        .where(eq(turns.runId, run))
        .orderBy(turns.seq)
      expect(kept.map(({ seq, results }) => [seq, results?.length])).toEqual([
        [1, 1],
        [2, 1],
        [3, 1],
      ])
      await countedOnce(db, run)
    }

    const countedOnce = async (db: Db, run: string): Promise<void> => {
      const sums = { costMicros: 3 * CALL_MICROS, inputTokens: 300, outputTokens: 30 }
      const [row] = await db.select().from(runs).where(eq(runs.id, run))
      expect(row).toMatchObject({ ...sums, turns: 3 })
      const [bead] = await db
        .select()
        .from(beads)
        .where(sql`${beads.runId} = ${run} and ${beads.step} = 'coder'`)
      expect(bead).toMatchObject({ ...sums, attempt: 1, status: 'completed' })
      const [account] = await db
        .select()
        .from(budgetAccounts)
        .where(eq(budgetAccounts.key, `run:${run}`))
      expect(account).toMatchObject({ spentMicros: 3 * CALL_MICROS, reservedMicros: 0 })
      expect(await db.select().from(budgetReservations)).toEqual([])
      const told = await db
        .select()
        .from(runEvents)
        .where(sql`${runEvents.runId} = ${run} and ${runEvents.kind} = 'turn'`)
      expect(told.length).toBe(3)
      const finished = await db
        .select()
        .from(auditLog)
        .where(sql`${auditLog.runId} = ${run} and ${auditLog.action} = 'coder.finish'`)
      expect(finished.length).toBe(1)
    }

    const goesAway = async () => {
      await server.halt()
      setTimeout(() => void server.goOn(), 1_500)
    }

    test('goes away while the model answers', async () => {
      await work(await open(await server.create()), { answering: goesAway })
    })

    test('goes away while a tool works', async () => {
      await work(await open(await server.create()), {
        looking: (at) => (at === 2 ? goesAway() : Promise.resolve()),
      })
    })

    test.each([
      ['an answer', 'insert', '40P01'],
      ['an answer', 'insert', '57014'],
      ['what tools gave', 'update', '40P01'],
    ])('undoes the keeping of %s (%s: %s)', async (_what, when, code) => {
      const db = await open(await server.create())
      await asLogin(
        db,
        sql`create sequence refusals`,
        sql.raw(`create function refuse_once() returns trigger language plpgsql security definer as $$
          begin
            if nextval('refusals') = 1 then raise exception using errcode = '${code}'; end if;
            return new;
          end $$`),
        sql.raw(
          `create trigger refuse_once before ${when} on turns for each row execute function refuse_once()`,
        ),
      )
      await work(db, {})
    })

    test.each([
      ['an answer', 'insert on turns', 'new.seq = 1'],
      ['what tools gave', 'update on turns', 'new.seq = 3'],
    ])('keeps %s and cannot say so', async (_what, change, when) => {
      const { url, lost } = await losesAnswer(server, change, when)
      const db = await open(url)
      await Promise.all([lost(), work(db, {})])
    })
  },
)
