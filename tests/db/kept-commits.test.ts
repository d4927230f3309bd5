import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { asc, eq, sql } from 'drizzle-orm'
import { beforeAll, describe, expect, test } from 'vitest'
import { auditLog, runBundles, runs } from '@/drizzle/schema'
import { sweepKept, sweepRefs } from '@/lib/runtime/sweep-kept'
import type { ServiceContext } from '@/lib/services/context'
import type { Bench } from '@/lib/steps/ports'
import { hasCommit, makeBundle } from '@/lib/workspace/git/bundle'
import { mirrorPath } from '@/lib/workspace/git/mirror'
import { benchRun } from '../support/bench'
import { describeDatabases, type TestDatabase } from '../support/database'
import { makeRepository, userGit } from '../support/repos'
import { contextOf } from '../support/services'

describeDatabases((open) => {
  let ctx: ServiceContext
  let opened: TestDatabase
  beforeAll(async () => {
    opened = await open()
    ctx = contextOf(opened)
  })

  const folder = () => mkdtempSync(join(opened.home, 'home-'))
  const repository = () => makeRepository(folder(), { 'a.txt': 'one\n' })
  const inFiles = (home: string, run: string, name: string) =>
    readFileSync(join(home, 'worktrees', run, 'files', name), 'utf8')
  const put = async (bench: Bench, path: string, content: string) => {
    await bench.workspace(null).writeFile({ path, content })
    return bench.workspace(null).commit('a turn')
  }
  const kept = async (run: string) => {
    const rows = await ctx.db
      .select()
      .from(runBundles)
      .where(eq(runBundles.runId, run))
      .orderBy(asc(runBundles.turn))
    return rows.map(({ turn, fromSha, toSha, bytes }) => ({ turn, fromSha, toSha, size: bytes.length }))
  }
  const audited = async (run: string) => {
    const rows = await ctx.db
      .select()
      .from(auditLog)
      .where(eq(auditLog.chain, run))
      .orderBy(asc(auditLog.seq))
    return rows.filter(({ action }) => /reconcile|rebuilt/.test(action))
  }
  const refsIn = (place: string, under: string) =>
    userGit(place, 'for-each-ref', '--format=%(refname) %(objectname)', under).split('\n')

  describe('bad input', () => {
    /** A run with two recorded commits that another home knows nothing of. */
    const elsewhere = async () => {
      const source = repository()
      const made = await benchRun(ctx, source)
      const bench = await made.open(folder())
      await put(bench, 'b.txt', 'two\n')
      await put(bench, 'c.txt', 'three\n')
      await made.record(bench)
      return { ...made, source, baseSha: bench.baseSha }
    }

    test.each([
      ['cut', (bytes: Buffer) => bytes.subarray(0, -30)],
      ['with another byte', (bytes: Buffer) => Buffer.concat([bytes.subarray(0, -40), Buffer.alloc(40, 7)])],
      [
        'of another commit',
        (bytes: Buffer) => Buffer.from(bytes.toString('latin1').replace(/\n[0-9a-f]{4}/, '\nffff'), 'latin1'),
      ],
      ['no bundle', () => Buffer.from('nothing of the kind')],
    ])('a bundle that is %s brings nothing in', async (_how, spoil) => {
      const { run, source, open: openAt } = await elsewhere()
      const [, second] = await ctx.db
        .select()
        .from(runBundles)
        .where(eq(runBundles.runId, run))
        .orderBy(asc(runBundles.turn))
      await ctx.db
        .update(runBundles)
        .set({ bytes: spoil(Buffer.from(second?.bytes ?? [])) })
        .where(eq(runBundles.toSha, second?.toSha ?? ''))
      const home = folder()
      await expect(openAt(home)).rejects.toMatchObject({
        code: 'repository_unusable',
        message: expect.stringContaining('is damaged'),
        mend: expect.stringContaining('backup'),
      })
      const mirror = mirrorPath(home, source)
      expect(refsIn(mirror, `refs/devpilot/runs/${run}`)).toEqual([''])
      expect(refsIn(mirror, 'refs/heads')).toEqual([''])
      expect(existsSync(join(home, 'worktrees', run, 'files'))).toBe(false)
      expect(await hasCommit(mirror, second?.toSha ?? '')).toBe(false)
    })

    test('commits that are nowhere are said, and the run does not begin at its base', async () => {
      const { run, open: openAt } = await elsewhere()
      await ctx.db.delete(runBundles).where(eq(runBundles.runId, run))
      await expect(openAt(folder())).rejects.toMatchObject({
        code: 'repository_unusable',
        message: expect.stringContaining('was not kept'),
      })
    })

    test('a folder that is not on this machine is tried again, for the machine that has it', async () => {
      const { source, open: openAt } = await elsewhere()
      rmSync(source, { recursive: true })
      await expect(openAt(folder())).rejects.toMatchObject({
        code: 'not_found',
        transient: true,
        message: expect.stringContaining(source),
        mend: expect.stringContaining('same path'),
      })
    })

    test('a base that was rewritten is had by its name, until nobody gives it', async () => {
      const { run, source, baseSha, open: openAt } = await elsewhere()
      userGit(source, 'commit', '-q', '--amend', '-m', 'rewritten')
      const home = folder()
      await openAt(home)
      expect(inFiles(home, run, 'c.txt')).toBe('three\n')
      userGit(source, 'reflog', 'expire', '--expire=now', '--all')
      userGit(source, 'gc', '-q', '--prune=now')
      await expect(openAt(folder())).rejects.toMatchObject({
        code: 'repository_unusable',
        message: expect.stringContaining(baseSha),
        mend: expect.stringContaining('Push the commit'),
      })
    })

    test('a home that cannot be written to', async () => {
      const { open: openAt } = await elsewhere()
      const home = folder()
      writeFileSync(join(home, 'worktrees'), 'a file')
      await expect(openAt(home)).rejects.toMatchObject({ code: 'bad_config', place: 'DEVPILOT_HOME' })
    })

    test('a change that is too large is said with the mend', async () => {
      const { run, source, open: openAt } = await elsewhere()
      const home = folder()
      await openAt(home)
      const [first, second] = await kept(run)
      const range = { fromSha: first?.fromSha ?? '', toSha: second?.toSha ?? '' }
      const head = `refs/devpilot/runs/${run}/head`
      await expect(makeBundle(mirrorPath(home, source), head, range, 100)).rejects.toMatchObject({
        code: 'too_large',
        mend: expect.stringContaining('.gitignore'),
      })
    })

    test('a worker that lost the run keeps nothing', async () => {
      const { run, open: openAt, claim } = await elsewhere()
      const bench = await openAt(folder())
      await claim()
      const before = await kept(run)
      await expect(put(bench, 'late.txt', 'late\n')).rejects.toMatchObject({ code: 'lease_lost' })
      expect(await kept(run)).toEqual(before)
    })
  })

  test('another home has the files, the branch and the refs of every turn; a second time nothing is done', async () => {
    const source = repository()
    const { run, open: openAt, record } = await benchRun(ctx, source)
    const [here, there] = [folder(), folder()]
    const first = await openAt(here)
    await put(first, 'b.txt', 'two\n')
    // As a check does in the middle of a turn: its commit is kept with it.
    await put(first, 'b.txt', 'three\n')
    const head = await record(first)
    const second = await openAt(there)
    expect(await second.workspace(null).headSha()).toBe(head)
    expect(inFiles(there, run, 'b.txt')).toBe('three\n')
    const refs = (home: string) => refsIn(mirrorPath(home, source), `refs/devpilot/runs/${run}`)
    expect(refs(there)).toEqual(refs(here))
    expect(refs(there)).toHaveLength(4)
    await openAt(there)
    expect((await audited(run)).map(({ action }) => action)).toEqual(['run.rebuilt'])
    // And back: what came in between is brought to the first.
    await put(second, 'b.txt', 'four\n').catch((error) => expect(error.code).toBe('lease_lost'))
    const third = await openAt(there)
    expect(inFiles(there, run, 'b.txt')).toBe('three\n')
    await put(third, 'b.txt', 'five\n')
    await record(third)
    await openAt(here)
    expect(inFiles(here, run, 'b.txt')).toBe('five\n')
    expect(refs(here)).toEqual(refs(there))
  })

  test('a commit that was kept and never recorded is put back, and its place is taken by the next', async () => {
    const source = repository()
    const { run, open: openAt, record } = await benchRun(ctx, source)
    const home = folder()
    const bench = await openAt(home)
    await put(bench, 'b.txt', 'two\n')
    const head = await record(bench)
    const lost = await put(bench, 'b.txt', 'lost\n')
    const again = await openAt(home)
    expect(inFiles(home, run, 'b.txt')).toBe('two\n')
    expect(await again.workspace(null).headSha()).toBe(head)
    expect((await audited(run)).map(({ action, data }) => [action, data.was])).toEqual([
      ['reconcile.commits_put_back', lost],
    ])
    const next = await put(again, 'b.txt', 'three\n')
    expect((await kept(run)).map(({ turn, toSha }) => [turn, toSha])).toEqual([
      [1, head],
      [2, next],
    ])
  })

  test('a commit that a person made on the branch here is set aside', async () => {
    const source = repository()
    const { run, open: openAt, record } = await benchRun(ctx, source)
    const home = folder()
    const bench = await openAt(home)
    await put(bench, 'b.txt', 'two\n')
    await record(bench)
    const files = join(home, 'worktrees', run, 'files')
    writeFileSync(join(files, 'mine.txt'), 'mine\n')
    const git = (...args: string[]) => userGit(files, '-c', 'safe.directory=*', ...args)
    git('add', 'mine.txt')
    git('commit', '-q', '-m', 'mine')
    const mine = git('rev-parse', 'HEAD')
    await openAt(home)
    expect(existsSync(join(files, 'mine.txt'))).toBe(false)
    expect(refsIn(mirrorPath(home, source), `refs/devpilot/aside/${run}`)).toEqual([
      `refs/devpilot/aside/${run}/${mine} ${mine}`,
    ])
    expect((await audited(run)).at(-1)?.data).toMatchObject({ setAside: mine })
  })

  describe('workspace.keep: forge', () => {
    const config = 'workspace:\n  keep: forge\n'

    test('commits are refs of the repository, no branches, and the database has none of their bytes', async () => {
      const source = repository()
      const { run, open: openAt, record } = await benchRun(ctx, source, config)
      const bench = await openAt(folder())
      await put(bench, 'b.txt', 'two\n')
      await put(bench, 'b.txt', 'three\n')
      const head = await record(bench)
      expect((await kept(run)).map(({ turn, size }) => [turn, size])).toEqual([
        [1, 0],
        [2, 0],
      ])
      const mine = (name: string) => `refs/devpilot/runs/${run}/${name}`
      const names = refsIn(source, 'refs').map((line) => line.split(' ')[0])
      expect(names).toEqual([mine('0'), mine('1'), mine('2'), mine('head'), 'refs/heads/main'])
      const there = folder()
      expect(await (await openAt(there)).workspace(null).headSha()).toBe(head)
      expect(inFiles(there, run, 'b.txt')).toBe('three\n')
    })

    test('a worker that lost the run moves no ref there', async () => {
      const source = repository()
      const { run, open: openAt, record, claim } = await benchRun(ctx, source, config)
      const bench = await openAt(folder())
      await put(bench, 'b.txt', 'two\n')
      await record(bench)
      const before = refsIn(source, `refs/devpilot/runs/${run}`)
      await claim()
      await expect(put(bench, 'late.txt', 'late\n')).rejects.toMatchObject({ code: 'lease_lost' })
      expect(refsIn(source, `refs/devpilot/runs/${run}`)).toEqual(before)
    })

    test('what looks like a key stays in the database, and all that is built on it', async () => {
      const source = repository()
      const { run, lines, open: openAt, record } = await benchRun(ctx, source, config)
      const bench = await openAt(folder())
      await put(bench, 'b.txt', 'two\n')
      await put(bench, 'key.txt', `ghp_${'a1B2'.repeat(9)}\n`)
      await put(bench, 'c.txt', 'three\n')
      await record(bench)
      expect((await kept(run)).map(({ size }) => size > 0)).toEqual([false, true, true])
      expect(lines.join()).toContain('in the database alone')
      const there = folder()
      const second = await openAt(there)
      expect(inFiles(there, run, 'c.txt')).toBe('three\n')
      // Another worker, and the key is gone from the files: the history still has it.
      await put(second, 'key.txt', 'none\n')
      expect((await kept(run)).map(({ size }) => size > 0)).toEqual([false, true, true, true])
      const refs = refsIn(source, `refs/devpilot/runs/${run}`).map((line) => line.split(' ')[0])
      expect(refs.map((ref) => ref?.split('/').at(-1))).toEqual(['0', '1', 'head'])
      expect(userGit(source, 'log', '--all', '-p', '--format=')).not.toContain('ghp_')
    })
  })

  test('what ended 14 days ago keeps nothing, unless by an error or with a younger fork', async () => {
    const ended = async (status: 'succeeded' | 'failed', days: number, config?: string) => {
      const source = repository()
      const made = await benchRun(ctx, source, config)
      const home = folder()
      const bench = await made.open(home)
      await put(bench, 'b.txt', 'two\n')
      await made.record(bench)
      const endedAt = sql`now() - make_interval(days => ${days})`
      await ctx.db.update(runs).set({ status, endedAt }).where(eq(runs.id, made.run))
      return { ...made, home, source }
    }
    const gone = await ended('succeeded', 15)
    const atForge = await ended('succeeded', 15, 'workspace:\n  keep: forge\n')
    const young = await ended('succeeded', 13)
    const failed = await ended('failed', 15)
    const grandparent = await ended('succeeded', 15)
    const parent = await ended('succeeded', 15)
    await ctx.db.update(runs).set({ forkOf: grandparent.run }).where(eq(runs.id, parent.run))
    await ctx.db.update(runs).set({ forkOf: parent.run }).where(eq(runs.id, young.run))
    // Its jobs are another worker's, as far as this test is concerned.
    await gone.claim()
    expect((await sweepKept(ctx.db, gone.home)).sort()).toEqual([gone.run, atForge.run].sort())
    for (const [{ run }, rows] of [
      [gone, 0],
      [atForge, 0],
      [young, 1],
      [failed, 1],
      [parent, 1],
      [grandparent, 1],
    ] as const)
      expect(await kept(run)).toHaveLength(rows)
    expect(refsIn(atForge.source, 'refs/devpilot')).toEqual([''])
    expect(await sweepKept(ctx.db, gone.home)).toEqual([])
    await young.claim()
    expect(await sweepRefs(ctx.db, gone.home)).toEqual([gone.run])
    expect(refsIn(mirrorPath(gone.home, gone.source), 'refs/heads')).toEqual([''])
    expect(await sweepRefs(ctx.db, gone.home)).toEqual([])
    expect(await sweepRefs(ctx.db, young.home)).toEqual([])
  })
})
