import { lstat } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { AppError } from '@/lib/errors'
import type { GitOptions } from '@/lib/workspace/git/run'
import { mustGit, tryGit } from '../git'

/** The folders (the main checkout or worktrees) that have a branch checked out. */
export async function checkoutsOf(repository: string, branch: string): Promise<string[]> {
  const listing = await mustGit(repository, ['worktree', 'list', '--porcelain', '-z'])
  return listing.split('\0\0').flatMap((entry) => {
    const lines = entry.split('\0').map((line) => line.replace(/^\n/, ''))
    if (!lines.includes(`branch refs/heads/${branch}`)) return []
    // Its folder was deleted: `git worktree prune` would forget it.
    if (lines.some((line) => line.startsWith('prunable'))) return []
    const path = lines.find((line) => line.startsWith('worktree '))?.slice('worktree '.length)
    return path === undefined ? [] : [path]
  })
}

function refuse(message: string, folder: string, mend: string): AppError {
  return new AppError('conflict', message, { place: folder, mend })
}

const fewNames = (names: readonly string[]) =>
  names.slice(0, 10).join(', ') + (names.length > 10 ? ` and ${names.length - 10} more` : '')

/** The line ends of the checkout's own choice: compared or written with others, every file would look changed. */
async function lineEnds(folder: string): Promise<GitOptions> {
  const own = await tryGit(folder, ['config', '--local', '--get', 'core.autocrlf'])
  return own.exitCode === 0 ? { config: [['core.autocrlf', own.stdout.trim()]] } : {}
}

/** Whether files and index already are those of `commit`: an earlier try got as far as this. */
async function holds(folder: string, commit: string): Promise<boolean> {
  const staged = await tryGit(folder, ['diff-index', '--quiet', '--cached', commit, '--'])
  if (staged.exitCode !== 0) return false
  const files = await tryGit(folder, ['diff-files', '--quiet'], await lineEnds(folder))
  return files.exitCode === 0
}

async function changedFiles(folder: string): Promise<string[]> {
  const args = ['status', '--porcelain=v1', '-z', '--untracked-files=no', '--no-renames']
  const status = await mustGit(folder, args, await lineEnds(folder))
  return status.split('\0').flatMap((line) => (line.length > 3 ? [line.slice(3)] : []))
}

/**
 * Files that `to` brings and that stand in the folder without being tracked. git guards them unless they are
 * ignored, and an ignored file (`.env`) is the one that its owner can least do without.
 */
async function filesInTheWay(folder: string, from: string, to: string): Promise<string[]> {
  const args = ['diff-tree', '-r', '-z', '--no-renames', '--name-only', '--diff-filter=A', from, to, '--']
  const added = (await mustGit(folder, args)).split('\0').filter((path) => path !== '')
  const tracked = new Set((await mustGit(folder, ['ls-files', '-z'])).split('\0'))
  const found = new Set<string>()
  for (const path of added) {
    const own = await lstat(join(folder, path)).catch(() => null)
    if (own && !own.isDirectory()) found.add(path)
    for (let parent = dirname(path); parent !== '.'; parent = dirname(parent)) {
      const above = await lstat(join(folder, parent)).catch(() => null)
      if (above && !above.isDirectory() && !tracked.has(parent)) found.add(parent)
    }
  }
  return [...found]
}

/**
 * Whether a checkout can be brought from one commit to another without losing anything.
 * @returns 'ready', or 'there' when it already holds `to`.
 * @throws AppError('conflict') naming the files, with nothing changed.
 */
export async function inspectCheckout(folder: string, from: string, to: string): Promise<'ready' | 'there'> {
  const unfinished = await tryGit(folder, ['rev-parse', '--verify', '--quiet', 'MERGE_HEAD'])
  if (unfinished.exitCode === 0) {
    const mend = `Finish or abort the merge in ${folder}, then \`devpilot runs retry <run>\`.`
    throw refuse(`A merge is under way in ${folder}.`, folder, mend)
  }
  const changed = await changedFiles(folder)
  if (changed.length > 0) {
    if (await holds(folder, to)) return 'there'
    throw refuse(
      `${folder} has the target branch checked out, with changes that are not committed: ${fewNames(changed)}.`,
      folder,
      'Commit or stash them, then `devpilot runs retry <run>`: the merge is tried again.',
    )
  }
  const inTheWay = await filesInTheWay(folder, from, to)
  if (inTheWay.length === 0) return 'ready'
  throw refuse(
    `The merge brings files that are in ${folder} already, untracked: ${fewNames(inTheWay)}.`,
    folder,
    'Move them away or commit them, then `devpilot runs retry <run>`.',
  )
}

/** Files and index of a clean checkout go from one commit to another; untracked files stay as they are. */
export async function bringAlong(folder: string, from: string, to: string): Promise<void> {
  // Without the refresh a file that was only touched counts as changed.
  const call = await lineEnds(folder)
  await tryGit(folder, ['update-index', '-q', '--refresh'], call)
  const answer = await tryGit(folder, ['read-tree', '-m', '-u', from, to], { ...call, timeoutMs: 600_000 })
  if (answer.exitCode === 0) return
  const mend = 'Look at that folder with `git status`, then `devpilot runs retry <run>`.'
  throw refuse(`${folder} could not be brought along: ${answer.stderr.trim()}`, folder, mend)
}
