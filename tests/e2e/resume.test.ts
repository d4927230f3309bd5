import { execFileSync } from 'node:child_process'
import { chmodSync, existsSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { and, asc, eq } from 'drizzle-orm'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { auditLog, beads, jobs, runBundles, runs, turns } from '@/drizzle/schema'
import { type Database, openDatabase } from '@/lib/db/client'
import type { ServiceContext } from '@/lib/services/context'
import { startRun } from '@/lib/services/runs/start'
import { homeWorker, stoppingGit } from '../support/home-worker'
import { type ModelServer, modelServer } from '../support/model-server'
import { haveBubblewrap } from '../support/pipeline'
import { havePostgres, startPostgres, type TestServer } from '../support/postgres'
import { makeRepository, temporaryFolder, userGit } from '../support/repos'
import { requires } from '../support/require'
import { passTime, runRow } from '../support/scripted-engine'
import { contextOf } from '../support/services'
import { codedWell, configFor, finish, script, smallProject, theEdit } from '../support/small-project'

const able = requires('postgres', havePostgres()) && (await haveBubblewrap())
const folders: { dispose(): void }[] = []
const folder = () => {
  const made = temporaryFolder('resume')
  chmodSync(made.path, 0o755)
  folders.push(made)
  return made.path
}

/** Three turns; the second commits in its middle, for its check, and at its end. */
const threeTurns = script({
  coder: ({ turn }) => {
    if (turn === 0) return { calls: [theEdit, ['git_diff', {}]] }
    if (turn === 1)
      return {
        calls: [
          ['edit_file', { path: 'src/add.js', old_text: 'return a + b', new_text: 'return b + a' }],
          ['run_command', { command: 'lint' }],
          ['write_file', { path: 'src/add.md', content: 'Adds.\n' }],
        ],
      }
    return finish(codedWell)
  },
})

const git = execFileSync('/bin/sh', ['-c', 'command -v git'], { encoding: 'utf8' }).trim()

describe.skipIf(!able)('a worker that is killed, and another machine', () => {
  let server: TestServer
  let model: ModelServer
  let root: string
  let undisturbed: { readonly asked: readonly string[]; readonly diff: string }
  beforeAll(async () => {
    server = await startPostgres()
    model = await modelServer(threeTurns)
    const more = 'project:\n  lint_command: sleep 1\n'
    const files = { ...smallProject, 'devpilot.yaml': configFor(model.url, more) }
    root = makeRepository(folder(), files)
    undisturbed = await went(await opened())
  })
  afterAll(async () => {
    await model.close()
    await server.stop()
    for (const made of folders) made.dispose()
  })

  interface Place {
    readonly url: string
    readonly database: Database
    readonly ctx: ServiceContext
    readonly run: string
  }

  async function opened(): Promise<Place> {
    model.asked.length = 0
    const url = await server.create()
    const home = folder()
    const database = await openDatabase({ url, home })
    const ctx = contextOf({ database, home })
    const task = { repository: root, flow: 'issue', task: 'add() must add.' }
    const { id: run } = await startRun({ ctx, input: { ...task, overrides: { steps: ['coder'] } } })
    return { url, database, ctx, run }
  }

  /** A worker of another machine brings the run to its end. */
  async function went({ url, database, run }: Place) {
    const worker = homeWorker({ home: folder(), url })
    for (const until = Date.now() + 60_000; ; await sleep(100)) {
      const { status, ending } = await runRow(database.db, run)
      if (status !== 'running' && status !== 'queued') {
        expect([status, ending], worker.said()).toEqual(['succeeded', 'Done.'])
        break
      }
      if (Date.now() > until) throw new Error(`the run is still ${status}: ${worker.said()}`)
    }
    await worker.stop()
    const { branch, baseSha, headSha } = await runRow(database.db, run)
    expect(userGit(root, 'rev-parse', branch ?? '')).toBe(headSha)
    const diff = userGit(root, 'diff', '--no-color', `${baseSha}..${branch}`)
    const cost = await database.db.select({ turns: runs.turns }).from(runs).where(eq(runs.id, run))
    expect(cost).toEqual([{ turns: model.asked.length }])
    await database.close()
    userGit(root, 'branch', '-q', '-D', branch ?? '')
    return { asked: model.asked.map(({ body }) => body), diff }
  }

  /** Waits for a coder's turn to be there, its tools under way. */
  async function turnUnderWay({ database, run }: Place, seq: number): Promise<string> {
    for (const until = Date.now() + 60_000; Date.now() < until; await sleep(20)) {
      const [row] = await database.db
        .select({ id: turns.id })
        .from(turns)
        .innerJoin(beads, eq(beads.id, turns.beadId))
        .where(and(eq(turns.runId, run), eq(beads.step, 'coder'), eq(turns.seq, seq)))
      if (row) return row.id
    }
    throw new Error(`turn ${seq} did not come`)
  }

  const resultsOf = async ({ database, run }: Place) => {
    const rows = await database.db.select().from(turns).where(eq(turns.runId, run)).orderBy(asc(turns.seq))
    return rows.map(({ toolResults }) => toolResults !== null)
  }

  async function assertSame(place: Place): Promise<void> {
    const before = await runRow(place.database.db, place.run)
    await passTime(place.database.db, place.run, 'lease')
    const audit = () =>
      openDatabase({ url: place.url, home: '' }).then(async (later) => {
        const rows = await later.db.select().from(auditLog).where(eq(auditLog.chain, place.run))
        await later.close()
        return rows
      })
    const { asked, diff } = await went(place)
    expect(diff).toBe(undisturbed.diff)
    expect(asked).toEqual(undisturbed.asked)
    const rebuilt = (await audit()).filter(({ action }) => action === 'run.rebuilt')
    expect(rebuilt.map(({ data }) => data.head)).toEqual(
      before.headSha === before.baseSha ? [] : [before.headSha],
    )
  }

  test('in the middle of a tool', async () => {
    const place = await opened()
    const first = homeWorker({ home: folder(), url: place.url })
    await turnUnderWay(place, 2)
    await sleep(700)
    await first.kill()
    expect(await resultsOf(place)).toEqual([true, false])
    await assertSame(place)
  })

  for (const [words, kept] of [
    ['commit-tree', 0],
    ['bundle create', 0],
  ] as const) {
    test(`in the middle of a commit, before git ${words}`, async () => {
      const place = await opened()
      const home = folder()
      const reached = join(home, 'reached')
      const path = stoppingGit(join(home, 'bin'), git, words, reached)
      const first = homeWorker({ home, url: place.url, path })
      for (const until = Date.now() + 60_000; !existsSync(reached); await sleep(20))
        if (Date.now() > until) throw new Error(first.said())
      await first.kill()
      process.kill(Number(readFileSync(reached, 'utf8')), 'SIGKILL')
      expect(await resultsOf(place)).toEqual([false])
      const bundles = await place.database.db.select().from(runBundles).where(eq(runBundles.runId, place.run))
      expect(bundles).toHaveLength(kept)
      await assertSame(place)
    })
  }

  test('between a commit that is kept and its turn', async () => {
    const place = await opened()
    const first = homeWorker({ home: folder(), url: place.url })
    const turn = await turnUnderWay(place, 2)
    const { db } = place.database
    await db.transaction(async (tx) => {
      await tx.select({ id: turns.id }).from(turns).where(eq(turns.id, turn)).for('update')
      for (const until = Date.now() + 30_000; ; await sleep(20)) {
        const rows = await db
          .select({ turn: runBundles.turn })
          .from(runBundles)
          .where(eq(runBundles.runId, place.run))
        // One of the first turn, and of the second its check's and its own.
        if (rows.length === 3) break
        if (Date.now() > until) throw new Error(`${rows.length} commits were kept: ${first.said()}`)
      }
      await first.kill()
    })
    expect(await resultsOf(place)).toEqual([true, false])
    await assertSame(place)
  })

  test('the very same machine goes on with the same, too', async () => {
    const place = await opened()
    const home = folder()
    const first = homeWorker({ home, url: place.url })
    await turnUnderWay(place, 2)
    await sleep(700)
    await first.kill()
    await place.database.db.update(jobs).set({ state: 'parked' }).where(eq(jobs.runId, place.run))
    rmSync(join(home, 'worktrees'), { recursive: true, force: true })
    await passTime(place.database.db, place.run, 'wait')
    const second = homeWorker({ home, url: place.url })
    for (const until = Date.now() + 60_000; Date.now() < until; await sleep(100))
      if ((await runRow(place.database.db, place.run)).status === 'succeeded') break
    await second.stop()
    expect(model.asked.map(({ body }) => body)).toEqual(undisturbed.asked)
    await place.database.close()
  })
})
