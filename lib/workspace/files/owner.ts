import { chmodSync, fchownSync, lchownSync, lstatSync, readdirSync } from 'node:fs'
import { join, relative } from 'node:path'

export interface Owner {
  readonly uid: number
  readonly gid: number
}

/** Whether this process may give files away: only root may. */
function mayChown(): boolean {
  return process.getuid?.() === 0
}

/** Gives a new file to `owner` where this process may; links are never followed. */
export function ownFile(fd: number, owner: Owner): void {
  if (mayChown()) fchownSync(fd, owner.uid, owner.gid)
}

/**
 * Gives a whole tree to `owner`, links themselves and not what they point to.
 * @param skip folders left alone, relative to `root`: installed dependencies may share files with a cache.
 * @returns whether anything changed hands.
 */
export function ownTree(root: string, owner: Owner, skip: ReadonlySet<string> = new Set()): boolean {
  if (!mayChown()) return false
  let changed = false
  const give = (path: string) => {
    const info = lstatSync(path)
    if (info.uid !== owner.uid || info.gid !== owner.gid) {
      lchownSync(path, owner.uid, owner.gid)
      changed = true
    }
  }
  const walk = (dir: string) => {
    give(dir)
    for (const entry of readdirSync(dir, { withFileTypes: true })) {
      const path = join(dir, entry.name)
      if (skip.has(relative(root, path))) continue
      if (entry.isDirectory()) walk(path)
      else give(path)
    }
  }
  walk(root)
  return changed
}

/** Makes every folder below writable for its owner, so that it can be emptied. */
export function makeRemovable(root: string): void {
  const info = lstatSync(root, { throwIfNoEntry: false })
  if (!info?.isDirectory()) return
  chmodSync(root, 0o700)
  for (const entry of readdirSync(root, { withFileTypes: true })) {
    if (entry.isDirectory()) makeRemovable(join(root, entry.name))
  }
}
