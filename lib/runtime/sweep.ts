import type { Dirent } from 'node:fs'
import { readdir, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { and, eq, inArray, ne } from 'drizzle-orm'
import { jobs, repositories, runs } from '@/drizzle/schema'
import { isEnded, runStatusNames } from '@/lib/core/status'
import type { Db } from '@/lib/db/client'
import { log } from '@/lib/log'
import { mirrorPath } from '@/lib/workspace/git/mirror'
import { removeWorktree } from '@/lib/workspace/git/worktree'

/** A failed run keeps its checkout, for people to look at and `retry` to go on with. */
const over = runStatusNames.filter((status) => isEnded(status) && status !== 'failed')
const UNUSED_DAYS = 30
const DAY_MS = 86_400_000

/**
 * Removes the checkouts of runs that have ended otherwise than by an error; their commits and refs stay in the
 * mirror, and a retry makes the checkout again. What cannot be removed is a warning.
 */
export async function sweepCheckouts(db: Db, home: string): Promise<void> {
  const folder = join(home, 'worktrees')
  const uuid = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/
  const names = (await entries(folder)).map((entry) => entry.name).filter((name) => uuid.test(name))
  if (names.length === 0) return
  const rows = await db
    .select({ id: runs.id, source: repositories.source })
    .from(runs)
    .innerJoin(repositories, eq(repositories.id, runs.repositoryId))
    .innerJoin(jobs, eq(jobs.runId, runs.id))
    .where(and(inArray(runs.id, names), inArray(runs.status, over), ne(jobs.state, 'leased')))
  for (const { id, source } of rows) {
    const root = join(folder, id)
    const mirror = mirrorPath(home, source)
    try {
      await removeWorktree({ mirror, root: join(root, 'files'), runId: id })
      await removeWorktree({ mirror, root: join(root, 'check'), runId: `${id}-check` })
      await rm(root, { recursive: true, force: true })
    } catch (error) {
      log('warn', 'a checkout could not be removed', { run: id, error: String(error) })
    }
  }
}

/**
 * Removes the dependency layers that no run has used for 30 days.
 * @param now this machine's clock, in milliseconds
 */
export async function sweepLayers(home: string, now: number): Promise<void> {
  const folder = join(home, 'cache', 'deps')
  for (const entry of await entries(folder)) {
    const ready = join(folder, entry.name, 'ready.json')
    if (!entry.isDirectory() || entry.name.includes('.')) continue
    try {
      if (now - (await stat(ready)).mtimeMs < UNUSED_DAYS * DAY_MS) continue
      // Without its mark first: a layer that is half removed is made anew, never used.
      await rm(ready)
      await rm(join(folder, entry.name), { recursive: true, force: true })
    } catch (error) {
      log('warn', 'a dependency layer could not be removed', { layer: entry.name, error: String(error) })
    }
  }
}

async function entries(folder: string): Promise<Dirent[]> {
  try {
    return await readdir(folder, { withFileTypes: true })
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return []
    throw error
  }
}
