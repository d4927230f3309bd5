import { existsSync, readFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { eq } from 'drizzle-orm'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { effects, notifications, pullRequestComments, pullRequests } from '@/drizzle/schema'
import { listAudit } from '@/lib/services/audit/list'
import { verifyAudit } from '@/lib/services/audit/verify'
import {
  callId,
  callShape,
  forgeFacts,
  openWorld,
  type Standby,
  type World,
  workerPool,
} from '../support/effect-run'
import type { Arrival, Fate } from '../support/forge-emulator'
import { git } from '../support/forge-repositories'
import { havePostgres, startPostgres, type TestServer } from '../support/postgres'
import { requires } from '../support/require'

const able = requires('postgres', havePostgres())
let postgres: TestServer
let pool: ReturnType<typeof workerPool>
/** What an undisturbed run leaves on the forge, and the calls by which it does. */
let calm: { facts: Record<string, unknown>; calls: string[] }
const worlds: World[] = []

async function world(forge: 'github' | 'local'): Promise<World> {
  const made = await openWorld(await postgres.create(), forge)
  worlds.push(made)
  return made
}

/** Workers one after another, until the run has ended. */
async function drive(at: World, begin: (worker: Standby, number: number) => void): Promise<number> {
  for (let number = 1; number < 80; number++) {
    const worker = pool.take()
    begin(worker, number)
    const end = await worker.ended
    await at.timePasses()
    if (end === 'done') {
      if (await at.helped()) return number
    } else if (end !== 'SIGKILL') throw new Error(end)
  }
  throw new Error('the run comes to no end')
}

/** The record agrees with itself: nothing is left open, and it says what was found again. */
async function expectWhole({ ctx, database: { db }, run }: World): Promise<string[]> {
  const rows = await db.select().from(effects).where(eq(effects.runId, run))
  expect(rows.filter(({ doneAt }) => doneAt === null)).toEqual([])
  expect(rows.length).toBeGreaterThanOrEqual(8)
  const told = await db.select().from(notifications).where(eq(notifications.runId, run))
  expect(told.map(({ doneAt, dueAt }) => [doneAt !== null, dueAt])).toEqual([[true, null]])
  expect(await db.select().from(pullRequests).where(eq(pullRequests.runId, run))).toHaveLength(1)
  expect(await verifyAudit({ ctx, input: { run } })).toMatchObject({ ok: true })
  const { items } = await listAudit({ ctx, input: { run, limit: 200 } })
  const made = items.filter(({ action }) => /^effect\.(made|found|reconciled)$/.test(action))
  expect(made.map(({ data }) => data.key).sort()).toEqual(rows.map(({ key }) => key).sort())
  return items.map(({ action }) => action)
}

beforeAll(async () => {
  if (!able) return
  postgres = await startPostgres()
  pool = workerPool(2)
  const at = await world('github')
  const calls = new Map<string, string>()
  if (at.server)
    at.server.arrived = async (call) => {
      calls.set(callId(call), callShape(call))
      return 'answered'
    }
  await drive(at, (worker) => worker.begin(at.work()))
  calm = { facts: await forgeFacts(at), calls: [...calls.values()].sort() }
})
afterEach(async () => {
  for (const at of worlds.splice(0)) await at.close()
})
afterAll(async () => {
  await pool?.close()
  await postgres?.stop()
})

/** A test begins some twenty processes: on a busy machine that takes its time. */
const patient = { timeout: 300_000 }

describe.skipIf(!able)('a run on GitHub', patient, () => {
  it('leaves each thing there once when nothing goes wrong', () => {
    expect(calm.facts).toMatchObject({
      pulls: ['closed false true'],
      labels: ['ai-generated'],
      branches: 2,
      main: 2,
    })
    for (const [name, count] of [
      ['comments', 1],
      ['notes', 2],
      ['checks', 2],
    ] as const)
      expect(calm.facts[name]).toHaveLength(count)
    expect(calm.calls.length).toBeGreaterThan(12)
  })

  const fates: readonly { name: string; fate: Fate; when: 'arrived' | 'answered' }[] = [
    { name: 'before a call is carried out', fate: 'lost', when: 'arrived' },
    { name: 'while a call is carried out', fate: 'unanswered', when: 'arrived' },
    { name: 'right after its answer', fate: 'answered', when: 'answered' },
  ]
  it.each(fates)('whose workers are killed at every call, $name, leaves the same', async ({ fate, when }) => {
    const at = await world('github')
    const { server } = at
    if (!server) throw new Error('there is no server')
    const killed = new Map<string, string>()
    let worker: Standby | null = null
    /** Each call costs one worker its life. */
    const kill = async (call: Arrival): Promise<boolean> => {
      if (killed.has(callId(call))) return false
      killed.set(callId(call), callShape(call))
      worker?.child.kill('SIGKILL')
      await worker?.ended
      return true
    }
    if (when === 'arrived') server.arrived = async (call) => ((await kill(call)) ? fate : 'answered')
    else server.answered = async (call) => void (await kill(call))
    await drive(at, (next) => {
      worker = next
      next.begin(at.work())
    })
    expect(await forgeFacts(at)).toEqual(calm.facts)
    expect([...killed.values()].sort()).toEqual(calm.calls)
    const actions = await expectWhole(at)
    expect(actions.includes('effect.reconciled')).toBe(fate !== 'lost')
  })

  it('whose workers lose their lease right before every call makes each thing once all the same', async () => {
    const at = await world('github')
    const { server } = at
    if (!server) throw new Error('there is no server')
    let stale: Standby | null = null
    let refused = 0
    const done = new Set<string>()
    server.answered = async (call) => void done.add(callId(call))
    let write = 1
    for (let number = 1; number < 80; number++) {
      const worker = pool.take()
      const before = done.size
      worker.begin(at.work({ write, signal: 'SIGSTOP' }))
      const stopped = await worker.said('stopping at')
      if (stopped) await isStopped(worker)
      // Objects of a push are sent again until its branch is there: then it takes one more to come further.
      write = done.size > before ? 2 : write + 1
      if (stale) {
        const writes = server.writes.length
        stale.child.kill('SIGCONT')
        expect(await stale.ended).toBe('done')
        expect(server.writes.slice(writes)).toEqual([])
        refused += 1
      }
      stale = stopped ? worker : null
      await at.timePasses()
      if (!stopped && (await at.helped())) break
    }
    expect(refused).toBeGreaterThan(10)
    expect(await forgeFacts(at)).toEqual(calm.facts)
    await expectWhole(at)
  })
})

describe.skipIf(!able)('a run of a repository without a forge', patient, () => {
  /** What its owner finds in it. */
  async function localFacts({ repository, database: { db }, run }: World): Promise<Record<string, unknown>> {
    const pulls = await db.select().from(pullRequests).where(eq(pullRequests.runId, run))
    const said = await db.select().from(pullRequestComments)
    return {
      pulls: pulls.map(({ state, labels }) => [state, labels]),
      said: said.map(({ file, line }) => [file, line]).sort(),
      main: git(repository, ['log', '--format=%an %s', 'main']),
      files: git(repository, ['ls-files']),
      status: git(repository, ['status', '--porcelain', '--untracked-files=no']),
      notes: git(repository, ['notes', '--ref=devpilot', 'list']).split('\n').length,
      branches: git(repository, ['branch', '--list']).split('\n').length,
    }
  }

  it('whose workers are killed before every write leaves each thing there once', async () => {
    const quiet = await world('local')
    await drive(quiet, (worker) => worker.begin(quiet.work()))
    const facts = await localFacts(quiet)
    expect(facts).toMatchObject({ pulls: [['merged', ['ai-generated']]], status: '', notes: 1, branches: 2 })
    const at = await world('local')
    const workers = await drive(at, (worker, number) =>
      worker.begin(at.work({ write: number === 1 ? 1 : 2, signal: 'SIGKILL' })),
    )
    expect(workers).toBeGreaterThan(10)
    expect(await localFacts(at)).toEqual(facts)
    await expectWhole(at)
  })
})

/** As the kernel says where it can be asked: a signal is not obeyed at once. */
async function isStopped({ child }: Standby): Promise<void> {
  if (!existsSync('/proc/self/stat')) return sleep(500)
  for (let look = 0; look < 200; look++) {
    if (/\) T /.test(readFileSync(`/proc/${child.pid}/stat`, 'utf8'))) return
    await sleep(10)
  }
  throw new Error('the worker does not stop')
}
