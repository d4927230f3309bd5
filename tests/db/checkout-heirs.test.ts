import { existsSync, mkdtempSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, expect, test } from 'vitest'
import { AppError } from '@/lib/errors'
import type { ServiceContext } from '@/lib/services/context'
import type { Bench } from '@/lib/steps/ports'
import { mirrorPath } from '@/lib/workspace/git/mirror'
import { openWorkspace, type RunWorkspace } from '@/lib/workspace/workspace'
import { benchRun } from '../support/bench'
import { describeDatabases, type TestDatabase } from '../support/database'
import { makeRepository, userGit } from '../support/repos'
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

  test('a worker that loses the run in the middle of a commit moves no branch', async () => {
    const { bench, root, refs } = await begun()
    await write(bench, 'late.txt')
    const before = refs()
    let asked = 0
    const beforeWrite = async () => {
      asked += 1
      if (asked > 1) throw new AppError('lease_lost', 'Another worker has this run now.')
    }
    const { worktree } = bench.workspace(null) as RunWorkspace
    await expect(openWorkspace({ worktree, beforeWrite }).commit('late')).rejects.toMatchObject({
      code: 'lease_lost',
    })
    expect(refs()).toBe(before)
    expect(existsSync(join(root, 'late.txt'))).toBe(true)
  })
})

const codeOf = (error: unknown) => (error instanceof AppError ? error.code : String(error))
const changed = async (bench: Bench) => (await bench.changed()).map(({ path }) => path)
