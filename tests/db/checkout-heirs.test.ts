import { existsSync, mkdtempSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { eq } from 'drizzle-orm'
import { beforeAll, expect, test } from 'vitest'
import { beads, runs } from '@/drizzle/schema'
import { AppError } from '@/lib/errors'
import type { ServiceContext } from '@/lib/services/context'
import { signalRun } from '@/lib/services/runs/signal'
import type { Bench } from '@/lib/steps/ports'
import { mirrorPath } from '@/lib/workspace/git/mirror'
import { openWorkspace, type RunWorkspace } from '@/lib/workspace/workspace'
import { benchRun } from '../support/bench'
import { describeDatabases, type TestDatabase } from '../support/database'
import { makeRepository, userGit } from '../support/repos'
import { runRow } from '../support/scripted-engine'
import { contextOf } from '../support/services'

/** Two workers, one after the other, with the same home: they share a run's checkout. */
describeDatabases((open) => {
  let opened: TestDatabase
  let ctx: ServiceContext
  beforeAll(async () => {
    opened = await open()
    ctx = contextOf(opened)
  })
  const folder = () => mkdtempSync(join(opened.home, 'home-'))
  const signal = async (...inputs: readonly Parameters<typeof signalRun>[0]['input'][]) => {
    for (const input of inputs) await signalRun({ ctx, input })
  }
  const write = (bench: Bench, path: string, content = `${path}\n`) =>
    bench.workspace(null).writeFile({ path, content })

  /** A run with one recorded commit, in a home of its own. */
  const begun = async () => {
    const source = makeRepository(folder(), { 'a.txt': 'one\n' })
    const made = await benchRun(ctx, source)
    const home = folder()
    const bench = await made.open(home)
    await write(bench, 'b.txt')
    await bench.workspace(null).commit('turn 1')
    await made.record(bench)
    await atCoder(ctx, made.run)
    const root = join(home, 'worktrees', made.run, 'files')
    const mirror = mirrorPath(home, source)
    const refs = () =>
      userGit(mirror, 'for-each-ref', '--format=%(refname) %(objectname)', 'refs/heads', 'refs/devpilot/runs')
    /** Somebody commits on the run's branch at its source. */
    const theirs = () => {
      userGit(source, 'fetch', '-q', mirror, `refs/heads/${bench.branch}`)
      const sha = userGit(source, 'commit-tree', 'FETCH_HEAD^{tree}', '-p', 'FETCH_HEAD', '-m', 'theirs')
      userGit(source, 'update-ref', `refs/heads/${bench.branch}`, sha)
    }
    return { ...made, home, bench, root, refs, theirs }
  }

  test('a worker that lost the run changes nothing in the checkout of its heir', async () => {
    const { home, bench: lost, open: openAt, root, refs, theirs } = await begun()
    const heir = await openAt(home)
    await write(heir, 'heir.txt')
    theirs()
    const before = refs()
    const files = lost.workspace(null)
    const late: Record<string, () => Promise<unknown>> = {
      write: () => write(lost, 'late.txt'),
      edit: () => files.editFile({ path: 'a.txt', oldText: 'one', newText: 'late' }),
      delete: () => files.deleteFile({ path: 'a.txt' }),
      commit: () => files.commit('late'),
      install: () => lost.install(),
      adopt: () => lost.adopt(),
      remove: () => lost.remove(),
    }
    for (const [what, attempt] of Object.entries(late))
      expect([what, await attempt().then(() => 'done', codeOf)]).toEqual([what, 'lease_lost'])
    expect(refs()).toBe(before)
    expect(readFileSync(join(root, 'a.txt'), 'utf8')).toBe('one\n')
    expect(existsSync(join(root, 'late.txt'))).toBe(false)
    await heir.workspace(null).commit('the heir')
    expect(await changed(heir)).toEqual(['b.txt', 'heir.txt'])
  })

  test.each([
    ['retried', (run: string) => signal({ run, kind: 'cancel' }, { run, kind: 'retry' })],
    [
      'retried from another step',
      (run: string) => signal({ run, kind: 'cancel' }, { run, kind: 'retry', from: 'prepare' }),
    ],
    ['told to skip the step', (run: string) => signal({ run, kind: 'skip' })],
  ])('a run that was %s goes on without what no recorded turn made', async (_how, steer) => {
    const { run, home, bench, root, open: openAt } = await begun()
    // Of a turn whose tools had not all run.
    await write(bench, 'b.txt', 'half\n')
    await write(bench, 'half.txt')
    await bench.workspace(null).deleteFile({ path: 'a.txt' })
    await steer(run)
    const heir = await openAt(home)
    expect(readFileSync(join(root, 'b.txt'), 'utf8')).toBe('b.txt\n')
    expect([existsSync(join(root, 'half.txt')), existsSync(join(root, 'a.txt'))]).toEqual([false, true])
    expect(await heir.workspace(null).commit('nothing of its own')).toBeNull()
    expect(await changed(heir)).toEqual(['b.txt'])
  })

  test('what a cancelled turn had git ignore goes as well', async () => {
    const { run, home, bench, root, open: openAt } = await begun()
    await write(bench, '.gitignore', 'half.txt\n')
    await write(bench, 'half.txt')
    await write(bench, 'sub/.gitignore', 'half.txt\n')
    await write(bench, 'sub/half.txt')
    await signal({ run, kind: 'cancel' }, { run, kind: 'retry' })
    await openAt(home)
    expect(readdirSync(root).toSorted()).toEqual(['.git', 'a.txt', 'b.txt'])
  })

  test('what a commit that was cut off had put in the index is in no later commit', async () => {
    const { run, home, bench, open: openAt } = await begun()
    await write(bench, 'half.txt')
    const { worktree } = bench.workspace(null) as RunWorkspace
    const halfway = openWorkspace({ worktree, beforeWrite: failsAtSecond() })
    await expect(halfway.commit('half')).rejects.toMatchObject({ code: 'lease_lost' })
    await signal({ run, kind: 'cancel' }, { run, kind: 'retry' })
    const heir = await openAt(home)
    await write(heir, 'heir.txt')
    await heir.workspace(null).commit('the heir')
    expect(await changed(heir)).toEqual(['b.txt', 'heir.txt'])
  })

  test('a worker that loses the run in the middle of a commit moves no branch', async () => {
    const { bench, root, refs } = await begun()
    await write(bench, 'late.txt')
    const before = refs()
    const { worktree } = bench.workspace(null) as RunWorkspace
    const halfway = openWorkspace({ worktree, beforeWrite: failsAtSecond() })
    await expect(halfway.commit('late')).rejects.toMatchObject({ code: 'lease_lost' })
    expect(refs()).toBe(before)
    expect(existsSync(join(root, 'late.txt'))).toBe(true)
  })
})

/** The lease is there when a commit begins, and gone when its refs are to move. */
function failsAtSecond(): () => Promise<void> {
  let asked = 0
  return async () => {
    asked += 1
    if (asked > 1) throw new AppError('lease_lost', 'Another worker has this run now.')
  }
}
/** Its step is one that may be skipped. */
async function atCoder({ db }: ServiceContext, run: string): Promise<void> {
  const { state } = await runRow(db, run)
  if (!state) throw new Error('the run has no state')
  const flow = ['prepare', 'coder', 'reviewer'] as const
  const at = { ...state, flow: [...flow], index: 1, step: 'coder' as const }
  await db.update(beads).set({ status: 'completed' }).where(eq(beads.runId, run))
  await db.update(runs).set({ state: at, step: 'coder' }).where(eq(runs.id, run))
}

const codeOf = (error: unknown) => (error instanceof AppError ? error.code : String(error))
const changed = async (bench: Bench) => (await bench.changed()).map(({ path }) => path)
