import { existsSync } from 'node:fs'
import { isAbsolute, join } from 'node:path'
import { and, asc, eq, sql } from 'drizzle-orm'
import { repositories, runBundles, runs } from '@/drizzle/schema'
import { keptOf } from '@/lib/db/bundles'
import type { Db } from '@/lib/db/client'
import { held, isOld, knownRuns } from '@/lib/db/reconcile'
import { log } from '@/lib/log'
import { removeKept } from '@/lib/workspace/git/kept-refs'
import { entries } from '@/lib/workspace/git/leftovers'
import { mirrorPath } from '@/lib/workspace/git/mirror'
import { git, gitText } from '@/lib/workspace/git/run'
import { gitHeaderOf } from './forge'
import { sweepPushed, sweepStrayRefs } from './sweep-stray-refs'

const LIMIT = 100
const BATCH = 1_000

/**
 * Drops what is kept of the commits of runs that ended otherwise than by an error 14 days ago, in the database and at
 * their repositories, unless a run that was forked from one, or from a fork of it, has not ended so long ago itself.
 * @returns the ids of the runs
 */
export async function sweepKept(db: Db, home: string): Promise<string[]> {
  const rows = await db
    .selectDistinct({ id: runs.id, endedAt: runs.endedAt, repository: repositories })
    .from(runBundles)
    .innerJoin(runs, eq(runs.id, runBundles.runId))
    .innerJoin(repositories, eq(repositories.id, runs.repositoryId))
    .where(unneeded)
    .orderBy(asc(runs.endedAt))
    .limit(LIMIT)
  const dropped: string[] = []
  for (const run of rows) {
    try {
      if (await dropKept(db, home, run)) dropped.push(run.id)
    } catch (error) {
      log('warn', 'the kept commits of a run could not be removed', { run: run.id, error: String(error) })
    }
  }
  return dropped
}

/** Forks of a run, and theirs, that may still need what is kept of it. */
const youngFork = sql`
  with recursive line as (
    select f.id, f.status, f.ended_at from agent_runs f where f.fork_of = ${runs.id}
    union
    select f.id, f.status, f.ended_at from agent_runs f join line on f.fork_of = line.id
  )
  select from line where ended_at is null or ended_at > now() - interval '14 days' or status = 'failed'`

const unneeded = and(isOld, sql`not exists (${youngFork})`)

/** With the run held and looked at again: a retry, or a fork, that comes meanwhile finds them all, or none. */
async function dropKept(
  db: Db,
  home: string,
  run: { readonly id: string; readonly repository: typeof repositories.$inferSelect },
): Promise<boolean> {
  const { source } = run.repository
  const mirror = mirrorPath(home, source)
  const header = await gitHeaderOf(run)
  const dropped = await held(db, run.id, 'kept_commits_dropped', async ({ tx }) => {
    const still = await tx
      .select({ id: runs.id })
      .from(runs)
      .where(and(eq(runs.id, run.id), unneeded))
    if (still.length === 0) return null
    const own = (await keptOf(tx, run.id)).filter(({ runId }) => runId === run.id)
    if (own.some(({ where }) => where === 'forge')) {
      // A machine that has neither leaves it to one that has.
      if (!existsSync(isAbsolute(source) ? source : mirror)) return null
      await removeKept({ mirror, source, header }, run.id)
    }
    await tx.delete(runBundles).where(eq(runBundles.runId, run.id))
    return { commits: own.length, where: [...new Set(own.map(({ where }) => where))] }
  })
  return dropped !== null
}

/**
 * Removes the branches and refs of those runs from this machine's mirrors, and others that nothing needs.
 * @returns the ids of the runs
 */
export async function sweepRefs(db: Db, home: string): Promise<string[]> {
  const dropped: string[] = []
  for (const { name } of await entries(join(home, 'mirrors'))) {
    if (!name.endsWith('.git')) continue
    const mirror = join(home, 'mirrors', name)
    const refs = (
      await gitText(['for-each-ref', '--format=%(refname)', 'refs/devpilot/', 'refs/heads/'], {
        gitDir: mirror,
      })
    ).split('\n')
    const ids = [...new Set(refs.flatMap((ref) => idOf.exec(ref)?.[1] ?? []))]
    for (let at = 0; at < ids.length; at += BATCH) {
      const old = (await knownRuns(db, ids.slice(at, at + BATCH))).filter((run) => run.old && !run.leased)
      const gone = refs.filter((ref) =>
        old.some(({ id, branch }) => idOf.exec(ref)?.[1] === id || ref === `refs/heads/${branch}`),
      )
      if (gone.length === 0) continue
      const commands = gone.map((ref) => `delete ${ref}\n`).join('')
      await git(['update-ref', '--stdin'], { gitDir: mirror, input: commands })
      dropped.push(...old.map(({ id }) => id))
    }
    await sweepStrayRefs(db, home, mirror)
  }
  await sweepPushed(db)
  return dropped
}

/** The run that a ref belongs to by its name: its turns, those of its checks, what was set aside of it. */
const idOf =
  /^refs\/(?:devpilot\/(?:runs|aside|kept)|heads\/devpilot-check)\/([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})(?:-check)?(?:\/|$)/
