import { cpSync, mkdtempSync, readdirSync, renameSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { eq, sql } from 'drizzle-orm'
import { expect, test } from 'vitest'
import { runs } from '@/drizzle/schema'
import { replayTools } from '@/lib/runtime/replay-tools'
import { sweepUnknown } from '@/lib/runtime/sweep'
import { sweepRefs } from '@/lib/runtime/sweep-kept'
import type { ReplayRecord } from '@/lib/services/runs/replay'
import { mirrorPath } from '@/lib/workspace/git/mirror'
import { benchRun } from '../support/bench'
import { describeDatabases } from '../support/database'
import { makeRepository, userGit } from '../support/repos'
import { contextOf } from '../support/services'

const DAY_MS = 86_400_000

describeDatabases((open) => {
  const refsIn = (place: string) => userGit(place, 'for-each-ref', '--format=%(refname)').split('\n')
  /** A run with a commit, and the mirror of its repository. */
  const prepared = async () => {
    const opened = await open()
    const folder = () => mkdtempSync(join(opened.home, 'home-'))
    const ctx = contextOf(opened)
    const source = makeRepository(folder(), { 'a.txt': 'one\n' })
    const made = await benchRun(ctx, source)
    const home = folder()
    const bench = await made.open(home)
    await bench.workspace(null).writeFile({ path: 'b.txt', content: 'two\n' })
    await bench.workspace(null).commit('a turn')
    const head = await made.record(bench)
    return { ...made, ctx, home, source, head, bench, mirror: mirrorPath(home, source) }
  }

  test('a replay that was killed leaves nothing for good; one at work is left alone', async () => {
    const { ctx, home, mirror, run } = await prepared()
    const [row] = await ctx.db.select().from(runs).where(eq(runs.id, run))
    const before = refsIn(mirror)
    const death = `${home}.death`
    // What is on the disk in the middle of it is what a kill at this moment leaves.
    const beads = Object.defineProperty([], Symbol.iterator, {
      value: () => {
        cpSync(home, death, { recursive: true })
        return [].values()
      },
    })
    await replayTools(home, mirror, { run: row, beads } as unknown as ReplayRecord)
    expect(refsIn(mirror)).toEqual(before)
    expect(readdirSync(join(home, 'worktrees'))).toEqual([run])
    rmSync(home, { recursive: true })
    renameSync(death, home)
    const left = refsIn(mirror)
    expect(left.length).toBeGreaterThan(before.length)
    await sweepRefs(ctx.db, home)
    expect(refsIn(mirror)).toEqual(left)
    expect(await sweepUnknown(ctx.db, home, Date.now() + 6 * DAY_MS)).toEqual([])
    expect(await sweepUnknown(ctx.db, home, Date.now() + 8 * DAY_MS)).toHaveLength(1)
    expect(readdirSync(join(home, 'worktrees'))).toEqual([run])
    const admins = readdirSync(join(mirror, 'worktrees'))
    expect(admins.filter((name) => !name.startsWith(run))).toEqual([])
    await sweepRefs(ctx.db, home)
    expect(refsIn(mirror)).toEqual(before)
  })

  test('a base that no run needs, and what was pushed to branches that are gone', async () => {
    const { ctx, home, mirror, source, run, head, bench } = await prepared()
    const set = (place: string, ref: string, sha: string) => userGit(place, 'update-ref', ref, sha)
    const [needed, old] = [bench.baseSha, head].map((sha) => `refs/devpilot/bases/${sha}`)
    for (const ref of [needed, old]) set(mirror, ref ?? '', head)
    set(mirror, `refs/devpilot/pushed/${bench.branch}`, head)
    set(mirror, 'refs/devpilot/pushed/devpilot/gone', head)
    const base = userGit(source, 'rev-parse', 'main')
    set(source, 'refs/devpilot/pushed/main', base)
    set(source, 'refs/devpilot/pushed/devpilot/gone', base)
    await sweepRefs(ctx.db, home)
    const extra = (place: string) => refsIn(place).filter((ref) => /\/(bases|pushed)\//.test(ref))
    expect(extra(mirror)).toEqual([needed, `refs/devpilot/pushed/${bench.branch}`])
    expect(extra(source)).toEqual(['refs/devpilot/pushed/main'])
    expect(refsIn(mirror)).toContain(`refs/heads/${bench.branch}`)
    // Its run ended 15 days ago, and its branch goes in the same pass.
    const endedAt = sql`now() - interval '15 days'`
    await ctx.db.update(runs).set({ status: 'succeeded', endedAt }).where(eq(runs.id, run))
    await ctx.db.execute(sql`update jobs set state = 'parked', lease_owner = null, lease_until = null`)
    await sweepRefs(ctx.db, home)
    expect(extra(mirror)).toEqual([])
    expect(refsIn(mirror).filter((ref) => ref.startsWith('refs/heads/'))).toEqual([])
  })
})
