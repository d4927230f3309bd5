import type { Dirent } from 'node:fs'
import { readdir, readFile, rm, stat } from 'node:fs/promises'
import { dirname, join } from 'node:path'

const HOUR_MS = 3_600_000
/** Longer than any call of ours to git may take. */
const LOCK_MS = 15 * 60_000
/** A mirror that git no longer knew may hold what somebody looks for. */
const BROKEN_MS = 7 * 24 * HOUR_MS
/** Of one pass over one mirror. */
const MAX_FILES = 20_000

export interface Leftover {
  readonly what: 'locks' | 'mirrors' | 'indexes' | 'packs' | 'worktree_records'
  readonly path: string
}

/**
 * Removes what processes that were killed left in the mirrors: locks of git, mirrors, packs and indexes that were never
 * finished, and git's side of worktrees whose files are gone. All by its age, so that nobody at work is disturbed.
 * @param now this machine's clock, in milliseconds
 * @returns what was removed
 */
export async function sweepMirrors(home: string, now: number): Promise<Leftover[]> {
  const folder = join(home, 'mirrors')
  const found: Leftover[] = []
  for (const { name } of await entries(folder)) {
    const path = join(folder, name)
    const kind = /\.git\.(new|broken)-[0-9a-f-]{36}$/.exec(name)?.[1]
    if (kind !== undefined) {
      const after = kind === 'new' ? HOUR_MS : BROKEN_MS
      if (await removedAfter(path, after, now)) found.push({ what: 'mirrors', path })
    } else if (name.endsWith('.git')) found.push(...(await sweepMirror(path, now)))
  }
  return found
}

async function sweepMirror(mirror: string, now: number): Promise<Leftover[]> {
  const found: Leftover[] = []
  for (const { name } of await entries(mirror)) {
    const path = join(mirror, name)
    if (/^overlay-[0-9a-f-]+\.index(?:\.lock)?$/.test(name)) {
      if (await removedAfter(path, HOUR_MS, now)) found.push({ what: 'indexes', path })
    } else if (name.endsWith('.lock') && (await removedAfter(path, LOCK_MS, now)))
      found.push({ what: 'locks', path })
  }
  const whole = (await ageMs(join(mirror, 'refs'), now)) !== null
  const refs = whole ? await readdir(join(mirror, 'refs'), { recursive: true }) : []
  for (const name of refs.slice(0, MAX_FILES).filter((one) => one.endsWith('.lock'))) {
    const path = join(mirror, 'refs', name)
    if (await removedAfter(path, LOCK_MS, now)) found.push({ what: 'locks', path })
  }
  const packs = join(mirror, 'objects', 'pack')
  for (const { name } of await entries(packs)) {
    const path = join(packs, name)
    if (name.startsWith('tmp_') && (await removedAfter(path, HOUR_MS, now)))
      found.push({ what: 'packs', path })
  }
  for (const { name } of await entries(join(mirror, 'worktrees')))
    found.push(...(await sweepRecord(join(mirror, 'worktrees', name), now)))
  return found
}

/** Git's side of one worktree. */
async function sweepRecord(admin: string, now: number): Promise<Leftover[]> {
  const place = await textOf(join(admin, 'gitdir'))
  const lost = place !== null && (await ageMs(dirname(place.trim()), now)) === null
  if (lost && (await removedAfter(admin, HOUR_MS, now))) return [{ what: 'worktree_records', path: admin }]
  const found: Leftover[] = []
  for (const { name } of await entries(admin)) {
    const path = join(admin, name)
    if (name.endsWith('.lock') && (await removedAfter(path, LOCK_MS, now)))
      found.push({ what: 'locks', path })
    else if (name.startsWith('index.diff-') && (await removedAfter(path, HOUR_MS, now)))
      found.push({ what: 'indexes', path })
  }
  return found
}

async function removedAfter(path: string, ms: number, now: number): Promise<boolean> {
  const age = await ageMs(path, now)
  if (age === null || age < ms) return false
  await rm(path, { recursive: true, force: true })
  return true
}

/** Since the file or folder was last changed or renamed; null when it is not there. */
export async function ageMs(path: string, now: number): Promise<number | null> {
  try {
    const { ctimeMs } = await stat(path)
    return now - ctimeMs
  } catch (error) {
    return missing(error, null)
  }
}

async function textOf(path: string): Promise<string | null> {
  try {
    return await readFile(path, 'utf8')
  } catch (error) {
    return missing(error, null)
  }
}

/** What a folder holds; nothing when it is not there. */
export async function entries(folder: string): Promise<Dirent[]> {
  try {
    return await readdir(folder, { withFileTypes: true })
  } catch (error) {
    return missing(error, [])
  }
}

function missing<T>(error: unknown, instead: T): T {
  const code = error instanceof Error && 'code' in error ? error.code : undefined
  if (code === 'ENOENT' || code === 'ENOTDIR') return instead
  throw error
}
