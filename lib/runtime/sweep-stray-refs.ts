import { existsSync } from 'node:fs'
import { isAbsolute, join } from 'node:path'
import { and, inArray, sql } from 'drizzle-orm'
import { repositories, runs } from '@/drizzle/schema'
import type { Db } from '@/lib/db/client'
import { isOld } from '@/lib/db/reconcile'
import { log } from '@/lib/log'
import { git, gitText } from '@/lib/workspace/git/run'
import { REPLAY_BRANCHES } from './replay-tools'

const BASES = 'refs/devpilot/bases/'
const PUSHED = 'refs/devpilot/pushed/'
const REPLAYS = `refs/heads/${REPLAY_BRANCHES}`

/**
 * Removes refs from a mirror that nothing needs: of replays that were killed, once their checkout is gone; of bases
 * that no run which may go on was made from; of what was pushed to branches that are gone.
 */
export async function sweepStrayRefs(db: Db, home: string, mirror: string): Promise<void> {
  const refs = await refsOf({ gitDir: mirror }, ['refs/devpilot/', 'refs/heads/'])
  const names = [...refs.keys()]
  const replays = below(names, REPLAYS).filter((id) => !existsSync(join(home, 'worktrees', id)))
  const bases = below(names, BASES)
  const needed = await neededBases(db, bases)
  await remove({ gitDir: mirror }, refs, [
    ...replays.flatMap((id) => names.filter((ref) => ref.startsWith(`refs/devpilot/runs/${id}/`))),
    ...replays.map((id) => `${REPLAYS}${id}`),
    ...bases.filter((sha) => !needed.has(sha)).map((sha) => `${BASES}${sha}`),
    ...pushedAndGone(refs),
  ])
}

/** Removes what is remembered of pushes to branches that are gone from the repositories of this machine. */
export async function sweepPushed(db: Db): Promise<void> {
  const rows = await db.select({ source: repositories.source }).from(repositories)
  for (const { source } of rows) {
    if (!isAbsolute(source) || !existsSync(source)) continue
    try {
      const refs = await refsOf({ cwd: source }, [PUSHED, 'refs/heads/'])
      await remove({ cwd: source }, refs, pushedAndGone(refs))
    } catch (error) {
      log('warn', 'refs of gone branches could not be removed', { repository: source, error: String(error) })
    }
  }
}

const below = (names: readonly string[], place: string): string[] =>
  names.filter((name) => name.startsWith(place)).map((name) => name.slice(place.length))

function pushedAndGone(refs: ReadonlyMap<string, string>): string[] {
  return below([...refs.keys()], PUSHED)
    .filter((branch) => !refs.has(`refs/heads/${branch}`))
    .map((branch) => `${PUSHED}${branch}`)
}

async function neededBases(db: Db, shas: readonly string[]): Promise<Set<string | null>> {
  if (shas.length === 0) return new Set()
  const rows = await db
    .selectDistinct({ sha: runs.baseSha })
    .from(runs)
    .where(and(inArray(runs.baseSha, [...shas]), sql`not coalesce(${isOld}, false)`))
  return new Set(rows.map(({ sha }) => sha))
}

type Place = { readonly gitDir: string } | { readonly cwd: string }

async function refsOf(place: Place, under: readonly string[]): Promise<Map<string, string>> {
  const lines = await gitText(['for-each-ref', '--format=%(refname) %(objectname)', ...under], place)
  return new Map(
    lines.split('\n').flatMap((line) => {
      const [ref, sha] = line.split(' ')
      return ref && sha ? [[ref, sha]] : []
    }),
  )
}

/** All or none, each as it was seen. */
async function remove(
  place: Place,
  refs: ReadonlyMap<string, string>,
  gone: readonly string[],
): Promise<void> {
  if (gone.length === 0) return
  const input = gone.map((ref) => `delete ${ref} ${refs.get(ref) ?? ''}\n`).join('')
  await git(['update-ref', '--stdin'], { ...place, input })
}
