import { mkdtempSync } from 'node:fs'
import { join } from 'node:path'
import { eq, sql } from 'drizzle-orm'
import { beforeAll, expect, test } from 'vitest'
import { beads, runBundles, runs } from '@/drizzle/schema'
import type { Db } from '@/lib/db/client'
import { newId } from '@/lib/db/ids'
import { createStore } from '@/lib/db/store'
import { forkReaders } from '@/lib/runtime/fork'
import { sweepKept } from '@/lib/runtime/sweep-kept'
import type { ServiceContext } from '@/lib/services/context'
import { forkRun } from '@/lib/services/runs/fork'
import { signalRun } from '@/lib/services/runs/signal'
import { benchRun } from '../support/bench'
import { describeDatabases, type TestDatabase } from '../support/database'
import { makeRepository } from '../support/repos'
import { runRow } from '../support/scripted-engine'
import { contextOf } from '../support/services'

describeDatabases((open, driver) => {
  let opened: TestDatabase
  let ctx: ServiceContext
  beforeAll(async () => {
    opened = await open()
    ctx = contextOf(opened)
  })
  const folder = () => mkdtempSync(join(opened.home, 'home-'))
  const fork = async (run: string, db = ctx.db) =>
    (await forkRun({ ctx: { ...ctx, db }, input: { run, at: 'coder' }, readers: forkReaders })).id
  const kept = (run: string) => ctx.db.select().from(runBundles).where(eq(runBundles.runId, run))
  const cancelledLongAgo = async (run: string) => {
    await signalRun({ ctx, input: { run, kind: 'cancel' } })
    await ctx.db.update(runs).set({ endedAt: sql`now() - interval '15 days'` }).where(eq(runs.id, run))
  }

  /** A run that came to its coder with one commit. */
  const begun = async () => {
    const made = await benchRun(ctx, makeRepository(folder(), { 'a.txt': 'one\n' }))
    const bench = await made.open(folder())
    await bench.workspace(null).writeFile({ path: 'b.txt', content: 'two\n' })
    await bench.workspace(null).commit('a turn')
    await made.record(bench)
    await atCoder(ctx.db, made.run)
    return made
  }
  const old = async () => {
    const { run } = await begun()
    await cancelledLongAgo(run)
    return run
  }

  test('a fork that is made after the sweep looked for old runs keeps what it stands on', async () => {
    const run = await old()
    const made: string[] = []
    const db = beforeTransaction(ctx.db, async () => {
      if (made.length === 0) made.push(await fork(run))
    })
    expect(await sweepKept(db, folder())).toEqual([])
    expect(await kept(run)).toHaveLength(1)
    expect((await runRow(ctx.db, made[0] ?? '')).headSha).toBe((await kept(run))[0]?.toSha)
    // It ended long ago as well: nothing holds them any more.
    await cancelledLongAgo(made[0] ?? '')
    expect(await sweepKept(ctx.db, folder())).toEqual([run])
  })

  // The embedded database has one connection: nothing else happens in the middle of a transaction.
  test.runIf(driver === 'pg').each([
    ['a fork', false],
    ['a fork of a fork', true],
  ])('%s that is under way when the sweep comes keeps what it stands on', async (_what, twice) => {
    const run = await old()
    const of = twice ? await fork(run) : run
    if (twice) {
      await atCoder(ctx.db, of)
      await cancelledLongAgo(of)
    }
    let sweep: Promise<unknown> = Promise.resolve()
    const db = beforeCommit(ctx.db, async () => {
      sweep = sweepKept(ctx.db, folder())
      await new Promise((resolve) => setTimeout(resolve, 300))
    })
    await fork(of, db)
    expect(await sweep).toEqual([])
    expect(await kept(run)).toHaveLength(1)
  })

  test.runIf(driver === 'pg')('a worker of the original beats while a fork is made', async () => {
    const { run, claim } = await begun()
    const held = await claim()
    const store = createStore(ctx.db)
    const db = beforeCommit(ctx.db, () => store.heartbeat(held, 60_000))
    expect((await runRow(ctx.db, await fork(run, db))).forkOf).toBe(run)
  })

  test('a run that was retried and cancelled again after the sweep looked keeps its commits', async () => {
    const run = await old()
    const db = beforeTransaction(ctx.db, async () => {
      await ctx.db.update(runs).set({ endedAt: sql`now()` }).where(eq(runs.id, run))
    })
    expect(await sweepKept(db, folder())).toEqual([])
    expect(await kept(run)).toHaveLength(1)
  })
})

/** Its coder has been at work, on its last commit. */
async function atCoder(db: Db, runId: string): Promise<void> {
  const { state, headSha } = await runRow(db, runId)
  if (!state) throw new Error('the run has no state')
  await db.insert(beads).values({
    id: newId(),
    runId,
    seq: 2,
    step: 'coder',
    name: 'coder',
    category: 'agent',
    status: 'completed',
    startedAt: sql`now()`,
    baseSha: headSha,
    state: { ...state, status: 'running', flow: ['prepare', 'coder'], index: 1, step: 'coder' },
  })
}

type Transaction = Db['transaction']

/** The database, which does something before each transaction that somebody begins. */
function beforeTransaction(db: Db, first: () => Promise<void>): Db {
  return transactionsOf(db, (real) => async (work, options) => {
    await first()
    return real(work, options)
  })
}

/** The database, which does something before each transaction is committed. */
function beforeCommit(db: Db, last: () => Promise<void>): Db {
  return transactionsOf(
    db,
    (real) => (work, options) =>
      real(async (tx) => {
        const result = await work(tx)
        await last()
        return result
      }, options),
  )
}

function transactionsOf(db: Db, change: (real: Transaction) => Transaction): Db {
  return new Proxy(db, {
    get(target, name, receiver) {
      const value = Reflect.get(target, name, receiver)
      if (name === 'transaction') return change(target.transaction.bind(target))
      return typeof value === 'function' ? value.bind(target) : value
    },
  })
}
