import { join } from 'node:path'
import { eq, sql } from 'drizzle-orm'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { effects, notifications, pullRequests, runs } from '@/drizzle/schema'
import { defaultConfig } from '@/lib/core/config'
import type { FlowStep } from '@/lib/core/flow'
import type { RunRecord } from '@/lib/core/record'
import type { Db } from '@/lib/db/client'
import { headIsTaken } from '@/lib/db/head-taken'
import { newId } from '@/lib/db/ids'
import { createRecord } from '@/lib/db/record'
import { createStore } from '@/lib/db/store'
import type { Claim, Store } from '@/lib/engine/store'
import { AppError } from '@/lib/errors'
import type { BeforeWrite } from '@/lib/forge/forge'
import { createLocalForge } from '@/lib/forge/local'
import { createMemoryStore } from '@/lib/forge/local/memory-store'
import { deliverNotifications } from '@/lib/runtime/notifications'
import { listAudit } from '@/lib/services/audit/list'
import type { ServiceContext } from '@/lib/services/context'
import { signalRun } from '@/lib/services/runs/signal'
import { showCheck } from '@/lib/steps/check'
import type { StepContext } from '@/lib/steps/ports'
import { describeDatabases } from '../support/database'
import { makeRepository, temporaryFolder, userGit, writeFiles } from '../support/repos'
import { drain, goOn, passTime, scriptedEngine } from '../support/scripted-engine'
import { contextOf, someRun } from '../support/services'

const underWay = { state: 'pending', summary: 'The run is under way.' } as const
const good = { state: 'success', summary: 'tests: 3 passed' } as const
const bad = { state: 'failure', summary: 'tests: 1 failed' } as const
const never = () => Promise.reject(new Error('not asked for'))

describeDatabases((open) => {
  let ctx: ServiceContext
  let db: Db
  let store: Store
  beforeAll(async () => {
    ctx = contextOf(await open())
    db = ctx.db
    store = createStore(db)
  })

  const folders: { dispose(): void }[] = []
  afterAll(() => {
    for (const folder of folders) folder.dispose()
  })

  /** A repository of one commit, and how its commits are shown. */
  function place() {
    const folder = temporaryFolder('checks')
    folders.push(folder)
    const root = makeRepository(folder.path, { 'a.txt': 'a\n' })
    const forge = (beforeWrite: BeforeWrite) =>
      createLocalForge({ repositoryPath: root, store: createMemoryStore(), urlFor: String, beforeWrite })
    const tip = () => userGit(root, 'rev-parse', 'HEAD')
    const shown = (sha = tip()) => userGit(root, 'notes', '--ref=devpilot', 'show', sha)
    return { folder: folder.path, root, forge, tip, shown }
  }
  type Place = ReturnType<typeof place>

  const claimed = async (): Promise<Claim> => {
    const claim = await store.claim({ owner: 'w', leaseMs: 60_000 })
    if (!claim) throw new Error('nothing is due')
    return claim
  }

  type Asked = { headSha?: string; fork?: boolean }
  const atWork = async (at: Place, more: Asked = {}) => takenUp(at, await someRun(ctx), more)

  /** A run in the hands of a worker, which shows checks in as many beads as it is asked to. */
  async function takenUp({ forge }: Place, id: string, { headSha, fork }: Asked = {}) {
    if (headSha !== undefined) await db.update(runs).set({ headSha }).where(eq(runs.id, id))
    const claim = await claimed()
    const loaded = await store.load(claim)
    const begun = await store.openBead(claim, loaded)
    const forkedAt = { bead: null, seq: 1, step: 'pr', turn: null, headSha: headSha ?? null }
    const run: RunRecord = { ...loaded, ...(fork ? { forkedAt } : {}) }
    const contextOfBead = (bead = begun): StepContext => {
      const record = createRecord({ db, claim, run, bead, config: async () => defaultConfig() })
      const { signal } = new AbortController()
      const asked = { bench: never, model: never, prompts: never, now: Date.now }
      const forgeOf = async () => forge(record.beforeWrite)
      return {
        run,
        bead,
        signal,
        hangUp: signal,
        record,
        forge: forgeOf,
        runUrl: `http://x.test/${id}`,
        ...asked,
      }
    }
    const show = (sha: string, said: Parameters<typeof showCheck>[2], bead = begun) =>
      showCheck(contextOfBead(bead), sha, said)
    return { id, run, show, anew: { ...begun, id: newId() }, again: { ...begun, id: newId() } }
  }
  const cancel = (run: string) => signalRun({ ctx, input: { kind: 'cancel', run } })

  /** A pull request of a run, the newest of all. */
  async function pull({ id, run }: { id: string; run: RunRecord }, repositoryId: string, headSha: string) {
    const [last] = await db.select({ most: sql<number>`coalesce(max(number), 0)::int` }).from(pullRequests)
    const number = (last?.most ?? 0) + 1
    const row = {
      id: newId(),
      repositoryId,
      runId: id,
      key: `${id}:pr:${number}`,
      number,
      url: '',
      title: '',
      body: '',
    }
    const at = sql`now() + ${`${number} seconds`}::interval`
    await db
      .insert(pullRequests)
      .values({ ...row, branch: run.id, target: 'main', headSha, state: 'draft', createdAt: at })
  }

  test('what a later step shows of the same commit counts, though an earlier one showed the same', async () => {
    const at = place()
    const { id, show, anew, again } = await atWork(at)
    await show(at.tip(), good)
    await show(at.tip(), bad, anew)
    expect(at.shown()).toContain('devpilot: failure')
    await show(at.tip(), good, again)
    expect(at.shown()).toContain('devpilot: success')
    await cancel(id)
  })

  test('a fork at its original’s commit leaves what the original needs for its merge', async () => {
    const at = place()
    const sha = at.tip()
    const original = await atWork(at, { headSha: sha })
    await pull(original, original.run.repository.id, sha)
    await original.show(sha, good)
    const fork = await atWork(at, { headSha: sha, fork: true })
    // Of the same repository, as forks are.
    Object.assign(fork.run.repository, { id: original.run.repository.id })
    await pull(fork, original.run.repository.id, sha)
    await fork.show(sha, underWay)
    const own = `devpilot/${fork.id.slice(-6)}`
    expect(at.shown()).toMatch(/^devpilot: success$/m)
    expect(at.shown()).toContain(`${own}: pending`)
    // Branch rules ask for the common name: once nobody else needs it, the fork's merge is not held back.
    await cancel(original.id)
    await fork.show(sha, bad, fork.anew)
    expect(at.shown()).toMatch(/^devpilot: failure$/m)
    expect(at.shown()).toContain(`${own}: failure`)
    writeFiles(at.root, { 'a.txt': 'b\n' })
    userGit(at.root, 'commit', '-qam', 'more')
    await fork.show(at.tip(), good, fork.again)
    expect(at.shown().split('\n\n')).toEqual([expect.stringMatching(/^devpilot: success/)])
    await cancel(fork.id)
  })

  test('of two runs at one commit one has it, though the other’s pull request was closed and opened anew', async () => {
    const at = place()
    const sha = at.tip()
    const first = await atWork(at, { headSha: sha })
    const repository = first.run.repository.id
    await pull(first, repository, sha)
    await db.update(pullRequests).set({ state: 'closed' }).where(eq(pullRequests.runId, first.id))
    const second = await atWork(at, { headSha: sha })
    await db.update(runs).set({ repositoryId: repository }).where(eq(runs.id, second.id))
    Object.assign(second.run.repository, { id: repository })
    await pull(second, repository, sha)
    await pull(first, repository, sha)
    expect([await headIsTaken(db, first.run, sha), await headIsTaken(db, second.run, sha)]).toEqual([
      true,
      false,
    ])
    await cancel(first.id)
    await cancel(second.id)
  })

  test('what was refused is asked again by the next attempt', async () => {
    const at = place()
    const { id, show } = await atWork(at)
    const clone = join(at.folder, 'clone')
    userGit(at.root, 'clone', '-q', at.root, clone)
    userGit(clone, 'commit', '-q', '--allow-empty', '-m', 'not pushed yet')
    const sha = userGit(clone, 'rev-parse', 'HEAD')
    await show(sha, good)
    const row = async () => (await db.select().from(effects).where(eq(effects.runId, id)))[0]
    expect(await row()).toMatchObject({ doneAt: null, attempts: 1, result: { refused: expect.any(String) } })
    userGit(at.root, 'fetch', '-q', clone, sha)
    await show(sha, good)
    expect(await row()).toMatchObject({ doneAt: expect.any(Date), attempts: 2, result: {} })
    expect(at.shown(sha)).toContain('devpilot: success')
    await cancel(id)
  })

  const deliver = ({ forge }: Place, meanwhile: () => Promise<void> = async () => {}) =>
    deliverNotifications({
      db,
      forgeOf: async (_run, beforeWrite) => {
        await meanwhile()
        return forge(beforeWrite)
      },
      runUrl: (run) => `http://x.test/runs/${run}`,
      random: () => 0,
    })
  const told = async (run: string) =>
    (await listAudit({ ctx, input: { run, limit: 100 } })).items
      .map(({ action }) => action)
      .filter((action) => action.startsWith('notification.'))
  const rows = (run: string) => db.select().from(notifications).where(eq(notifications.runId, run))

  test('a commit does not wait for a run that was cancelled', async () => {
    const at = place()
    const { id, show } = await atWork(at)
    await show(at.tip(), underWay)
    expect(await rows(id)).toEqual([])
    await cancel(id)
    expect(await deliver(at)).toBe(1)
    expect(at.shown()).toMatch(/^devpilot: error\nThe run ended: cancelled\./)
    expect(await deliver(at)).toBe(0)
    expect([await told(id), (await rows(id)).length]).toEqual([['notification.sent'], 1])
  })

  test('an end that a retry overtook is not shown, the next one is', async () => {
    const at = place()
    const { id, show } = await atWork(at)
    await show(at.tip(), underWay)
    await cancel(id)
    await signalRun({ ctx, input: { kind: 'retry', run: id, from: 'prepare' } })
    expect(await deliver(at)).toBe(0)
    expect(at.shown()).toContain('devpilot: pending')
    await cancel(id)
    expect(await deliver(at)).toBe(1)
    expect(at.shown()).toContain('devpilot: error')
    expect(await told(id)).toEqual(['notification.sent', 'notification.dropped'])
  })

  test('an end that a retry overtook while its forge was waited for is not shown', async () => {
    const at = place()
    const { id, show } = await atWork(at)
    await show(at.tip(), underWay)
    await cancel(id)
    const retried = async () => {
      await signalRun({ ctx, input: { kind: 'retry', run: id, from: 'prepare' } })
      const again = await takenUp(at, id)
      await again.show(at.tip(), good)
    }
    expect(await deliver(at, retried)).toBe(0)
    expect(at.shown()).toMatch(/^devpilot: success$/m)
    expect([await told(id), (await rows(id)).map(({ dueAt }) => dueAt)]).toEqual([
      ['notification.dropped'],
      [null],
    ])
    await cancel(id)
  })

  test('evidence that is shown stays when the run ends', async () => {
    const at = place()
    const { id, show, anew } = await atWork(at)
    await show(at.tip(), underWay)
    await show(at.tip(), good, anew)
    await cancel(id)
    expect(await rows(id)).toEqual([])
  })

  test('a run that fails shows it, and one that succeeds without a verdict, too', async () => {
    const at = place()
    const flow: FlowStep[] = ['prepare', 'pr', 'reflect']
    for (const fails of [true, false]) {
      const id = await someRun(ctx)
      await drain(
        scriptedEngine(db, async (work, record) => {
          if (work.run.state.step === 'pr') {
            const { signal } = new AbortController()
            const forge = async () => at.forge(record.beforeWrite)
            const context = { ...work, signal, hangUp: signal, record, forge, runUrl: 'http://x.test/1' }
            const rest = { bench: never, model: never, prompts: never, now: Date.now }
            await showCheck({ ...context, ...rest }, at.tip(), underWay)
          }
          if (work.run.state.step === 'reflect' && fails) throw new AppError('internal', 'it broke')
          return goOn(work, flow)
        }),
      )
      expect(await deliver(at)).toBe(1)
      expect(at.shown()).toMatch(fails ? /ended: failed\. it broke/ : /ended: succeeded\./)
      expect(await told(id)).toEqual(['notification.sent'])
      await passTime(db, id, 'lease')
    }
  })
})
