import { readFile, rename, rm, stat } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { and, eq, inArray, ne } from 'drizzle-orm'
import { jobs, repositories, runs } from '@/drizzle/schema'
import { isEnded, runStatusNames } from '@/lib/core/status'
import type { Db } from '@/lib/db/client'
import { log } from '@/lib/log'
import { ageMs, entries } from '@/lib/workspace/git/leftovers'
import { mirrorPath } from '@/lib/workspace/git/mirror'
import { adminDir, removeTree, removeWorktree } from '@/lib/workspace/git/worktree'

/** A failed run keeps its checkout, for people to look at and `retry` to go on with. */
const over = runStatusNames.filter((status) => isEnded(status) && status !== 'failed')
const UNUSED_DAYS = 30
const UNKNOWN_DAYS = 7
const DAY_MS = 86_400_000

/**
 * Removes the checkouts of runs that have ended otherwise than by an error; their commits and refs stay in the
 * mirror, and a retry makes the checkout again. What cannot be removed is a warning.
 * @returns the ids of the runs
 */
export async function sweepCheckouts(db: Db, home: string): Promise<string[]> {
  await removeAside(home)
  const names = await checkoutsIn(home)
  if (names.length === 0) return []
  const rows = await db
    .select({ id: runs.id, source: repositories.source })
    .from(runs)
    .innerJoin(repositories, eq(repositories.id, runs.repositoryId))
    .innerJoin(jobs, eq(jobs.runId, runs.id))
    .where(and(inArray(runs.id, names), inArray(runs.status, over), ne(jobs.state, 'leased')))
  const removed: string[] = []
  for (const { id, source } of rows) {
    try {
      if (await setAside(db, home, id, mirrorPath(home, source))) removed.push(id)
    } catch (error) {
      log('warn', 'a checkout could not be removed', { run: id, error: String(error) })
    }
  }
  await removeAside(home)
  return removed
}

/**
 * Takes the checkout of a run out of the way with its job held, so that nobody who takes the run up meanwhile works in
 * a folder that is being removed.
 */
async function setAside(db: Db, home: string, id: string, mirror: string): Promise<boolean> {
  return db.transaction(async (tx) => {
    const [job] = await tx.select({ state: jobs.state }).from(jobs).where(eq(jobs.runId, id)).for('update')
    const [run] = await tx.select({ status: runs.status }).from(runs).where(eq(runs.id, id))
    if (!job || !run || job.state === 'leased' || !over.includes(run.status)) return false
    await removeTree(asideOf(home, id))
    await rename(join(home, 'worktrees', id), asideOf(home, id))
    for (const runId of [id, `${id}-check`])
      await rm(adminDir({ mirror, runId }), { recursive: true, force: true })
    return true
  })
}

const ASIDE = '.gone'
const asideOf = (home: string, id: string) => join(home, 'worktrees', `${id}${ASIDE}`)

/** Deletes what was taken out of the way, by this process or by one that did not come to it. */
async function removeAside(home: string): Promise<void> {
  for (const { name } of await entries(join(home, 'worktrees'))) {
    if (!name.endsWith(ASIDE)) continue
    await removeTree(join(home, 'worktrees', name)).catch((error: unknown) =>
      log('warn', 'a checkout could not be removed', { folder: name, error: String(error) }),
    )
  }
}

/**
 * Removes checkouts of runs that the database does not know. Another database's may be at work in this very home, so
 * only those that nothing has happened in for a week.
 * @param now this machine's clock, in milliseconds
 * @returns their ids
 */
export async function sweepUnknown(db: Db, home: string, now: number): Promise<string[]> {
  const names = await checkoutsIn(home)
  if (names.length === 0) return []
  const known = await db.select({ id: runs.id }).from(runs).where(inArray(runs.id, names))
  const removed: string[] = []
  for (const id of names.filter((name) => !known.some((run) => run.id === name))) {
    const root = join(home, 'worktrees', id)
    const admin = await adminOf(join(root, 'files', '.git'))
    const places = [
      root,
      join(root, 'files'),
      join(root, 'check'),
      join(root, 'home'),
      join(admin ?? root, 'index'),
    ]
    const ages = await Promise.all(places.map((place) => ageMs(place, now)))
    if (Math.min(...ages.filter((age) => age !== null)) < UNKNOWN_DAYS * DAY_MS) continue
    const mirror = admin === null ? null : dirname(dirname(admin))
    const ours = mirror !== null && dirname(mirror) === join(home, 'mirrors')
    if (await removeCheckout(home, id, ours ? mirror : null)) removed.push(id)
  }
  return removed
}

/** Git's side of a checkout, as its `.git` names it. */
async function adminOf(file: string): Promise<string | null> {
  if ((await ageMs(file, 0)) === null) return null
  return /^gitdir: (\/.+)$/m.exec(await readFile(file, 'utf8'))?.[1] ?? null
}

async function checkoutsIn(home: string): Promise<string[]> {
  const uuid = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/
  const found = await entries(join(home, 'worktrees'))
  return found.map((entry) => entry.name).filter((name) => uuid.test(name))
}

async function removeCheckout(home: string, id: string, mirror: string | null): Promise<boolean> {
  const root = join(home, 'worktrees', id)
  try {
    if (mirror !== null) {
      await removeWorktree({ mirror, root: join(root, 'files'), runId: id })
      await removeWorktree({ mirror, root: join(root, 'check'), runId: `${id}-check` })
    }
    await rm(root, { recursive: true, force: true })
    return true
  } catch (error) {
    log('warn', 'a checkout could not be removed', { run: id, error: String(error) })
    return false
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
