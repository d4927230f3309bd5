import { spawn } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmdirSync, rmSync, writeFileSync } from 'node:fs'
import { hostname, tmpdir } from 'node:os'
import { join } from 'node:path'
import { and, eq, sql } from 'drizzle-orm'
import { beforeEach, expect, test } from 'vitest'
import { auditLog, beads, budgetAccounts, effects, gates, jobs, runs } from '@/drizzle/schema'
import type { RunStatus } from '@/lib/core/status'
import { newId } from '@/lib/db/ids'
import { reserve } from '@/lib/db/ledger'
import { processId, startTime } from '@/lib/db/process'
import { createStore } from '@/lib/db/store'
import { type ReconcileInput, reconcile } from '@/lib/runtime/reconcile'
import type { ServiceContext } from '@/lib/services/context'
import { signalRun } from '@/lib/services/runs/signal'
import { mirrorPath } from '@/lib/workspace/git/mirror'
import { benchRun } from '../support/bench'
import { describeDatabases, type TestDatabase } from '../support/database'
import { makeRepository, userGit } from '../support/repos'
import { contextOf, runAtGate, someRun } from '../support/services'

const DAY_MS = 86_400_000
const owner = processId()
const machine = owner.split(':')[0]

describeDatabases((open) => {
  let ctx: ServiceContext
  let opened: TestDatabase
  beforeEach(async () => {
    opened = await open()
    ctx = contextOf(opened)
  })

  const pass = (more: Partial<ReconcileInput> = {}) =>
    reconcile({ db: ctx.db, home: opened.home, owner, ...more })
  /** What one pass mended; a second must do nothing. */
  const mended = async (more: Partial<ReconcileInput> = {}) => {
    const first = await pass(more)
    expect(first.problems).toEqual([])
    expect((await pass(more)).mended).toEqual([])
    return first.mended.map(({ what, runId }) => [what, runId])
  }
  const jobOf = async (run: string) => (await ctx.db.select().from(jobs).where(eq(jobs.runId, run)))[0]
  const rowOf = async (run: string) => (await ctx.db.select().from(runs).where(eq(runs.id, run)))[0]
  const actions = async (chain: string) => {
    const rows = await ctx.db.select().from(auditLog).where(eq(auditLog.chain, chain))
    return rows.map(({ action }) => action).filter((action) => action.startsWith('reconcile.'))
  }
  const setJob = (run: string, to: Partial<typeof jobs.$inferInsert>) =>
    ctx.db.update(jobs).set(to).where(eq(jobs.runId, run))
  const put = async (run: string, status: RunStatus, more: Record<string, unknown> = {}) => {
    const row = await rowOf(run)
    if (!row?.state) throw new Error('the run has no state')
    await ctx.db
      .update(runs)
      .set({ status, state: { ...row.state, status, ...more } })
      .where(eq(runs.id, run))
  }
  /** A process that has ended. */
  const gonePid = () =>
    new Promise<number>((resolve) => {
      const child = spawn('true')
      child.on('close', () => resolve(child.pid ?? 0))
    })

  test('what agrees is left alone', async () => {
    await someRun(ctx)
    await runAtGate(ctx)
    const running = await someRun(ctx)
    await put(running, 'running')
    await setJob(running, {
      state: 'leased',
      dueAt: null,
      leaseOwner: 'elsewhere:1:1',
      leaseUntil: sql`now() + interval '45 s'` as never,
    })
    const cancelled = await someRun(ctx)
    await signalRun({ ctx, input: { kind: 'cancel', run: cancelled } })
    expect((await pass()).mended).toEqual([])
  })

  test.each(['ready', 'delayed', 'leased'] as const)('an ended run whose job is %s', async (state) => {
    const run = await someRun(ctx)
    await signalRun({ ctx, input: { kind: 'cancel', run } })
    await setJob(run, { state, dueAt: new Date() })
    const before = await jobOf(run)
    expect(await mended()).toEqual([['job_parked', run]])
    expect(await jobOf(run)).toMatchObject({
      state: 'parked',
      dueAt: null,
      leaseToken: (before?.leaseToken ?? 0) + 1,
    })
    expect(await actions(run)).toEqual(['reconcile.job_parked'])
  })

  test('a run that was given up has a dead job, not a parked one', async () => {
    const run = await someRun(ctx)
    await put(run, 'failed', {
      error: { code: 'timeout', message: 'Too slow.', step: 'prepare', gaveUp: true },
    })
    expect(await mended()).toEqual([['job_parked', run]])
    expect(await jobOf(run)).toMatchObject({ state: 'dead', deadReason: 'Too slow.' })
  })

  test.each(['queued', 'running'] as const)(
    'a %s run whose job nobody would take up, or that has none',
    async (status) => {
      const parked = await someRun(ctx)
      await put(parked, status)
      await setJob(parked, { state: 'parked', dueAt: null })
      const none = await someRun(ctx)
      await put(none, status)
      await ctx.db.delete(jobs).where(eq(jobs.runId, none))
      const was = (await mended()).toSorted()
      expect(was).toEqual(
        [
          ['job_woken', parked],
          ['job_woken', none],
        ].toSorted(),
      )
      for (const run of [parked, none])
        expect(await jobOf(run)).toMatchObject({ state: 'ready', dueAt: expect.any(Date) })
    },
  )

  test('a run that waits at a gate which is not there asks again', async () => {
    const { run, gate } = await runAtGate(ctx)
    await ctx.db.update(gates).set({ status: 'void' }).where(eq(gates.id, gate))
    expect(await mended()).toEqual([['gate_asked_again', run]])
    expect(await rowOf(run)).toMatchObject({ status: 'running', step: 'gate:pre-merge-main' })
    expect(await jobOf(run)).toMatchObject({ state: 'ready' })
  })

  test('a waiting run whose job would end its wait, or never', async () => {
    const early = await runAtGate(ctx)
    await setJob(early.run, { state: 'ready', dueAt: new Date() })
    const never = await runAtGate(ctx)
    await ctx.db
      .update(gates)
      .set({ expiresAt: sql`now() + interval '1 hour'` })
      .where(eq(gates.id, never.gate))
    expect((await mended()).toSorted()).toEqual(
      [
        ['gate_wait_set', early.run],
        ['gate_wait_set', never.run],
      ].toSorted(),
    )
    expect(await jobOf(early.run)).toMatchObject({ state: 'parked', dueAt: null })
    const [gate] = await ctx.db.select().from(gates).where(eq(gates.id, never.gate))
    expect(await jobOf(never.run)).toMatchObject({ state: 'delayed', dueAt: gate?.expiresAt })
  })

  test.each(['parked', 'dead'] as const)(
    'a gate whose time is over, of which a %s job takes no notice',
    async (state) => {
      const { run, gate } = await runAtGate(ctx)
      const over = sql`now() - interval '1 minute'`
      await ctx.db.update(gates).set({ expiresAt: over }).where(eq(gates.id, gate))
      await setJob(run, { state, dueAt: null })
      expect(await mended()).toEqual([['gate_wait_set', run]])
      expect(await jobOf(run)).toMatchObject({ state: 'delayed', deadReason: null })
      expect((await createStore(ctx.db).claim({ owner: 'w', leaseMs: 60_000 }))?.runId).toBe(run)
    },
  )

  test('an open gate of a run that does not wait; one that its own step is opening stays', async () => {
    const over = await runAtGate(ctx)
    await put(over.run, 'rejected')
    const opening = await runAtGate(ctx)
    await put(opening.run, 'running')
    await setJob(opening.run, { state: 'ready', dueAt: new Date() })
    expect((await mended()).toSorted()).toEqual(
      [
        ['beads_ended', over.run],
        ['gate_closed', over.run],
      ].toSorted(),
    )
    const status = async (id: string) =>
      (await ctx.db.select().from(gates).where(eq(gates.id, id)))[0]?.status
    expect([await status(over.gate), await status(opening.gate)]).toEqual(['void', 'waiting'])
  })

  test('beads under way and money held back of a run that has ended', async () => {
    const run = await someRun(ctx)
    const key = `run:${run}`
    await ctx.db.transaction(async (tx) => {
      await reserve(tx, {
        runId: run,
        accounts: [{ key, limitMicros: 3_000_000 }],
        micros: 700,
        leaseToken: 0,
      })
      const of = { id: newId(), runId: run, seq: 1, step: 'coder', name: 'coder' }
      await tx.insert(beads).values({ ...of, category: 'agent', status: 'running' })
    })
    await put(run, 'failed')
    await setJob(run, { state: 'parked', dueAt: null })
    expect(await mended()).toEqual([
      ['beads_ended', run],
      ['money_settled', run],
    ])
    expect((await ctx.db.select().from(beads).where(eq(beads.runId, run)))[0]).toMatchObject({
      status: 'failed',
    })
    const [account] = await ctx.db.select().from(budgetAccounts).where(eq(budgetAccounts.key, key))
    expect(account).toMatchObject({ reservedMicros: 0, spentMicros: 700 })
  })

  test('leases of processes of this host that are gone are free at once; all others hold', async () => {
    const lease = async (leaseOwner: string, until: string | null = '45 s') => {
      const run = await someRun(ctx)
      await put(run, 'running')
      const leaseUntil = until === null ? null : (sql`now() + ${until}::interval` as never)
      await setJob(run, { state: 'leased', dueAt: null, leaseOwner, leaseUntil })
      return run
    }
    const pid = await gonePid()
    const [dead, reused] = [await lease(`${machine}:${pid}:1`), await lease(`${machine}:${process.pid}:1`)]
    const held = [
      await lease(owner),
      await lease(`another-host:${pid}:1`),
      await lease(`${machine}:${process.ppid}:${startTime(process.ppid)}`),
      // Somebody else sees to it that its owner lives.
      await lease(`${machine}:${pid}:1`, null),
    ]
    expect((await mended()).toSorted()).toEqual(
      [
        ['lease_freed', dead],
        ['lease_freed', reused],
      ].toSorted(),
    )
    expect(await jobOf(dead)).toMatchObject({ state: 'ready', leaseOwner: null, dueAt: expect.any(Date) })
    for (const run of held) expect((await jobOf(run))?.state).toBe('leased')
    // The one process of an embedded database, at its start: whoever had them is gone.
    expect(await mended({ alone: true })).toHaveLength(3)
    const claimed = await createStore(ctx.db).claim({ owner, leaseMs: 1_000 })
    expect(claimed).not.toBeNull()
    const { mended: later } = await pass()
    expect(later).toEqual([])
  })

  test('an effect of which nobody knows what became is told and not touched', async () => {
    const run = await someRun(ctx)
    await ctx.db.insert(effects).values({ key: `${run}:push:x`, runId: run, kind: 'push', intent: {} })
    expect((await pass()).openEffects).toEqual([])
    await signalRun({ ctx, input: { kind: 'cancel', run } })
    const before = await ctx.db.select().from(effects)
    const { openEffects, mended: none } = await pass()
    expect(openEffects).toEqual([{ key: `${run}:push:x`, runId: run, kind: 'push' }])
    expect(none).toEqual([])
    expect(await ctx.db.select().from(effects)).toEqual(before)
  })

  test('a branch that was moved by hand, and commits ahead of the record, of a run that nobody has', async () => {
    const source = makeRepository(mkdtempSync(join(opened.home, 'r-')), { 'a.txt': 'one\n' })
    const { run, open: openAt, record } = await benchRun(ctx, source)
    const bench = await openAt(opened.home)
    const put = async (content: string) => {
      await bench.workspace(null).writeFile({ path: 'a.txt', content })
      await bench.workspace(null).commit('a turn')
    }
    await put('two\n')
    const head = await record(bench)
    await put('three\n')
    const mirror = mirrorPath(opened.home, source)
    userGit(mirror, 'update-ref', `refs/heads/${bench.branch}`, bench.baseSha)
    expect(await mended()).toEqual([])
    await setJob(run, { state: 'ready', leaseOwner: null, leaseUntil: null, dueAt: new Date() })
    expect(await mended()).toEqual([['commits_put_back', run]])
    expect(userGit(mirror, 'rev-parse', `refs/heads/${bench.branch}`)).toBe(head)
    expect(await actions(run)).toEqual(['reconcile.commits_put_back'])
    const again = await openAt(opened.home)
    expect(await again.workspace(null).diff()).toContain('+two')
    expect(readFileSync(join(opened.home, 'worktrees', run, 'files', 'a.txt'), 'utf8')).toBe('two\n')
    expect(await actions(run)).toEqual(['reconcile.commits_put_back'])
  })

  test('a lock in the mirror holds up nobody who asks for the run meanwhile', async () => {
    const source = makeRepository(mkdtempSync(join(opened.home, 'r-')), { 'a.txt': 'one\n' })
    const { run, open: openAt, record } = await benchRun(ctx, source)
    const bench = await openAt(opened.home)
    await bench.workspace(null).writeFile({ path: 'a.txt', content: 'two\n' })
    await bench.workspace(null).commit('a turn')
    await record(bench)
    const mirror = mirrorPath(opened.home, source)
    userGit(mirror, 'update-ref', `refs/heads/${bench.branch}`, bench.baseSha)
    await setJob(run, { state: 'ready', leaseOwner: null, leaseUntil: null, dueAt: new Date() })
    const lock = join(mirror, 'refs', 'heads', `${bench.branch}.lock`)
    writeFileSync(lock, '')
    const { mended: none, problems } = await pass()
    expect([none, problems]).toEqual([[], [expect.stringContaining('Another git process')]])
    rmSync(lock)
    expect(await mended()).toEqual([['commits_put_back', run]])
  }, 30_000)

  test('what this machine has of runs and processes that are no more', async () => {
    const at = (path: string, text = '') => {
      const whole = join(opened.home, path)
      mkdirSync(join(whole, '..'), { recursive: true })
      writeFileSync(whole, text)
      return whole
    }
    const source = makeRepository(mkdtempSync(join(opened.home, 'r-')), { 'a.txt': 'one\n' })
    const { run, open: openAt, record } = await benchRun(ctx, source)
    await record(await openAt(opened.home))
    const mirror = mirrorPath(opened.home, source)
    const inMirror = (path: string, text?: string) => at(join(mirror.slice(opened.home.length), path), text)
    const unknown = '01890a5d-ac96-774b-bcce-b302099a8057'
    at(`worktrees/${unknown}/files/a.txt`)
    const uuid = '1890a5d0-ac96-474b-bcce-b302099a8057'
    at(`mirrors/x-1.git.new-${uuid}/HEAD`)
    at(`mirrors/x-1.git.broken-${uuid}/HEAD`)
    inMirror('packed-refs.lock')
    inMirror('refs/heads/devpilot/x.lock')
    inMirror('overlay-0123456789ab-0123456789ab.index')
    inMirror('objects/pack/tmp_pack_x')
    inMirror(`worktrees/${run}/index.lock`)
    inMirror(`worktrees/${run}/index.diff-1-1`)
    inMirror(`worktrees/${unknown}/gitdir`, join(opened.home, 'nowhere', '.git'))
    const [gone, alive] = [await gonePid(), process.pid].map((pid) =>
      join(tmpdir(), `devpilot-auth-${pid}-aB3dE6`),
    )
    for (const path of [gone, alive]) mkdirSync(path ?? '', { recursive: true })
    const cancelled = await someRun(ctx)
    await signalRun({ ctx, input: { kind: 'cancel', run: cancelled } })
    at(`worktrees/${cancelled}/files/a.txt`)
    // Nothing but what has ended goes while it may still be somebody's.
    expect(await mended()).toEqual([['checkouts_removed', null]])
    const later = await pass({ now: Date.now() + 8 * DAY_MS })
    const told = new Map(later.mended.map(({ what, data }) => [what, data.count]))
    expect([...told].toSorted()).toEqual([
      ['indexes_removed', 2],
      ['locks_removed', 3],
      ['mirrors_removed', 2],
      ['packs_removed', 1],
      ['temporary_removed', expect.any(Number)],
      ['unknown_checkouts_removed', 1],
      ['worktree_records_removed', 1],
    ])
    expect([gone, alive].map((path) => existsSync(path ?? ''))).toEqual([false, true])
    rmdirSync(alive ?? '')
    expect(existsSync(join(opened.home, 'worktrees', run, 'files', 'a.txt'))).toBe(true)
    expect((await pass({ now: Date.now() + 8 * DAY_MS })).mended).toEqual([])
    const chain = await ctx.db
      .select()
      .from(auditLog)
      .where(and(eq(auditLog.chain, 'installation'), eq(auditLog.action, 'reconcile.locks_removed')))
    expect(chain[0]?.data).toMatchObject({ host: hostname(), count: 3 })
    // The run goes on as if nothing had been there.
    expect(await (await openAt(opened.home)).workspace(null).diff()).toBe('')
  })

  test('beside workers: passes and claims at once leave every run with one job, and none lost', async () => {
    const ids = await Promise.all(Array.from({ length: 20 }, () => someRun(ctx)))
    for (const id of ids.slice(0, 10)) await setJob(id, { state: 'parked', dueAt: null })
    const store = createStore(ctx.db)
    const work = async () => {
      for (let round = 0; round < 10; round += 1) {
        const claim = await store.claim({ owner, leaseMs: 60_000 })
        if (claim) await store.openBead(claim, await store.load(claim))
      }
    }
    const all = await Promise.all([pass(), work(), pass(), work(), pass()])
    for (const report of all) if (report) expect(report.problems).toEqual([])
    await work()
    const states = await ctx.db.select({ state: jobs.state }).from(jobs)
    expect(states.map(({ state }) => state)).toEqual(ids.map(() => 'leased'))
  })
})
