import { lstatSync } from 'node:fs'
import { join } from 'node:path'
import { cleanPath } from '@/lib/workspace/files/path'
import { git, nulSeparated } from '@/lib/workspace/git/run'
import { type Worktree, worktreeGit } from '@/lib/workspace/git/worktree'

/** Tracked and untracked files that are there, ignored ones left out, sorted; no submodules, nothing beyond a link. */
export async function listPaths(worktree: Worktree, under: string | undefined): Promise<string[]> {
  const folder = cleanPath(under ?? '')
  const options = worktreeGit(worktree)
  const pathspec = folder === '' ? [] : [folder]
  const [staged, untracked, deleted] = await Promise.all([
    git(['ls-files', '--stage', '-z', '--', ...pathspec], options),
    git(['ls-files', '--others', '--exclude-standard', '-z', '--', ...pathspec], options),
    git(['ls-files', '--deleted', '-z', '--', ...pathspec], options),
  ])
  const gone = new Set(nulSeparated(deleted.stdout))
  const tracked = nulSeparated(staged.stdout)
    .filter((entry) => !entry.startsWith('160000 '))
    .map((entry) => entry.slice(entry.indexOf('\t') + 1))
    .filter((path) => !gone.has(path))
  const others = nulSeparated(untracked.stdout).filter((path) => !path.endsWith('/'))
  const behindLink = linkedFolders(worktree.root)
  return [...new Set([...tracked, ...others])].filter((path) => !behindLink(path)).sort(byCodeUnit)
}

/**
 * Tells whether a path lies behind a folder that is a link now: a command may have put one where git knows a folder.
 * Looks at each folder once.
 */
function linkedFolders(root: string): (path: string) => boolean {
  const known = new Map<string, boolean>()
  const isLinked = (folder: string): boolean => {
    const before = known.get(folder)
    if (before !== undefined) return before
    const info = lstatSync(join(root, folder), { throwIfNoEntry: false })
    const cut = folder.lastIndexOf('/')
    const linked = info?.isSymbolicLink() === true || (cut > 0 && isLinked(folder.slice(0, cut)))
    known.set(folder, linked)
    return linked
  }
  return (path) => {
    const cut = path.lastIndexOf('/')
    return cut > 0 && isLinked(path.slice(0, cut))
  }
}

function byCodeUnit(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}
