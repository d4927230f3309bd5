import { copyFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { AppError, toAppError } from '@/lib/errors'
import { type GitOptions, git, gitText, nulSeparated } from '@/lib/workspace/git/run'
import type { GitIdentity } from '@/lib/workspace/git/settings'
import { adminDir, headRef, lastTurn, runRef, type Worktree, worktreeGit } from '@/lib/workspace/git/worktree'

// Nothing here is staged by `git add -A`: with a submodule, or a folder in which a command made a repository, it
// starts git inside that one, under that one's configuration. We list what changed and hand over the names.

export interface ChangedFile {
  readonly path: string
  /** Where it was before; for renames only. */
  readonly from?: string
  readonly status: 'added' | 'modified' | 'deleted' | 'renamed'
}

const maxDiffBytes = 64 * 1024 * 1024
const diffArgs = ['--no-ext-diff', '--no-textconv', '--ignore-submodules=all', '--no-color', '-M']

/** Unified diff of the files against `base`, untracked ones included, binary ones by their blob ids. */
export async function diffAgainst(worktree: Worktree, base: string): Promise<string> {
  return await withDiffIndex(worktree, async (indexFile) => {
    const args = ['diff', ...diffArgs, '--full-index', '--src-prefix=a/', '--dst-prefix=b/', base, '--']
    const options = { ...worktreeGit(worktree), indexFile, maxOutputBytes: maxDiffBytes, timeoutMs: 120_000 }
    return (await git(args, options)).stdout.toString('utf8')
  })
}

/** As `diffAgainst`, of what was committed at `head` and not of the files as they are. */
export async function diffBetween(worktree: Worktree, base: string, head: string): Promise<string> {
  const args = ['diff', ...diffArgs, '--full-index', '--src-prefix=a/', '--dst-prefix=b/', base, head, '--']
  const options = { ...worktreeGit(worktree), maxOutputBytes: maxDiffBytes, timeoutMs: 120_000 }
  return (await git(args, options)).stdout.toString('utf8')
}

/**
 * What each commit between the two changed, parents first, a merge against each of its parents: all that a push takes
 * along, also what a later commit took out again.
 */
export async function commitDiffs(worktree: Worktree, base: string, head: string): Promise<string> {
  const options = { ...worktreeGit(worktree), maxOutputBytes: maxDiffBytes, timeoutMs: 120_000 }
  const { stdout } = await git(['rev-list', '--topo-order', '--reverse', head, `^${base}`, '--'], options)
  const args = ['diff-tree', '--stdin', '--no-commit-id', '--root', '-m', '-p', ...diffArgs, '--full-index']
  const named = [...args, '--src-prefix=a/', '--dst-prefix=b/']
  return (await git(named, { ...options, input: stdout })).stdout.toString('utf8')
}

/** Files that differ from `base`, sorted by path. */
export async function changedAgainst(worktree: Worktree, base: string): Promise<ChangedFile[]> {
  return await withDiffIndex(worktree, async (indexFile) => {
    const args = ['diff', ...diffArgs, '--name-status', '-z', base, '--']
    const { stdout } = await git(args, { ...worktreeGit(worktree), indexFile, timeoutMs: 120_000 })
    return parseNameStatus(nulSeparated(stdout)).sort((a, b) => (a.path < b.path ? -1 : 1))
  })
}

/** The run's last commit, or its base. */
export async function headSha(worktree: Worktree): Promise<string> {
  return await gitText(['rev-parse', '--verify', `${headRef(worktree.runId)}^{commit}`], {
    gitDir: worktree.mirror,
  })
}

/** Whether files and index are those of a commit; ignored files are in no commit. */
export async function isAt(worktree: Worktree, sha: string): Promise<boolean> {
  const args = ['diff-index', '--quiet', '--ignore-submodules=all', sha, '--']
  const [tracked, untracked] = await Promise.all([
    git(args, { ...worktreeGit(worktree), timeoutMs: 120_000, okCodes: [1] }),
    untrackedPaths(worktree),
  ])
  return tracked.exitCode === 0 && untracked.length === 0
}

interface Committing {
  readonly identity: GitIdentity | undefined
  /** Asked before the index changes, and again before refs move: a heir may have begun in between. */
  readonly beforeWrite: () => Promise<void>
  /** Ends the waiting for a lock. */
  readonly signal: AbortSignal | undefined
}

/**
 * Commits what differs from the run's head, moves the branch and sets the run's next ref, all or nothing.
 * @returns the new SHA; null when nothing changed.
 * @throws AppError 'conflict' when somebody else moved the branch meanwhile; 'disk_full', 'git_error'.
 */
export async function commitAll(
  worktree: Worktree,
  message: string,
  { identity, beforeWrite, signal }: Committing,
): Promise<string | null> {
  const options = { ...worktreeGit(worktree), timeoutMs: 120_000, identity }
  await beforeWrite()
  // A commit that was killed leaves its lock; only one process at a time holds a run's lease.
  await rm(join(adminDir(worktree), 'index.lock'), { force: true })
  const { gone, present } = await pendingPaths(worktree)
  // Deleted ones first and by name alone: a folder on their way may have become a link or a file.
  await updateIndex(worktree, ['--force-remove'], gone)
  await updateIndex(worktree, ['--add', '--replace'], present)
  const head = await headSha(worktree)
  const tree = await gitText(['write-tree'], options)
  if (tree === (await gitText(['rev-parse', `${head}^{tree}`], options))) return null
  const sha = await gitText(['commit-tree', tree, '-p', head, '-F', '-'], {
    ...options,
    // With a line's end, as `git commit` has it: forges that take commits through an API add it.
    input: `${message.trim() || 'Change'}\n`,
  })
  const turn = (await lastTurn(worktree.mirror, worktree.runId)) + 1
  await beforeWrite()
  const commands = [
    `update refs/heads/${worktree.branch} ${sha} ${head}`,
    `update ${headRef(worktree.runId)} ${sha} ${head}`,
    `create ${runRef(worktree.runId, turn)} ${sha}`,
  ]
  await moveRefs(worktree, commands, { beforeWrite, patience: signal })
  return sha
}

async function moveRefs(
  worktree: Worktree,
  commands: readonly string[],
  waiting: Pick<GitOptions, 'beforeWrite' | 'patience'>,
): Promise<void> {
  try {
    const input = `${commands.join('\n')}\n`
    await git(['update-ref', '--stdin'], { gitDir: worktree.mirror, input, ...waiting })
  } catch (caught) {
    const cause = toAppError(caught)
    if (!/but expected|already exists|unable to resolve reference/.test(cause.message)) throw cause
    throw new AppError('conflict', `The branch ${worktree.branch} was moved by somebody else.`, {
      place: worktree.branch,
      mend: 'Restore the worktree from the branch as it is now and let the step run again.',
      cause,
    })
  }
}

interface Pending {
  readonly gone: readonly string[]
  readonly present: readonly string[]
}

/** Names, as bytes in latin1, of tracked and untracked files that changed; no folder, so no nested repository. */
async function pendingPaths(worktree: Worktree): Promise<Pending> {
  const args = ['diff-files', '--name-status', '-z', '--no-renames', '--ignore-submodules=all']
  const [tracked, untracked] = await Promise.all([git(args, worktreeGit(worktree)), untrackedPaths(worktree)])
  const gone: string[] = []
  const present = new Set(untracked)
  const fields = nulSeparated(tracked.stdout, 'latin1')
  for (let at = 0; at + 1 < fields.length; at += 2) {
    const path = fields[at + 1] ?? ''
    if (fields[at] === 'D') gone.push(path)
    else present.add(path)
  }
  return { gone, present: [...present] }
}

async function updateIndex(
  worktree: Worktree,
  flags: readonly string[],
  paths: readonly string[],
): Promise<void> {
  if (paths.length === 0) return
  const input = Buffer.from(`${paths.join('\0')}\0`, 'latin1')
  await git(['update-index', '-z', ...flags, '--stdin'], {
    ...worktreeGit(worktree),
    input,
    timeoutMs: 120_000,
  })
}

async function untrackedPaths(worktree: Worktree): Promise<string[]> {
  const args = ['ls-files', '--others', '--exclude-standard', '-z']
  const { stdout } = await git(args, worktreeGit(worktree))
  return nulSeparated(stdout, 'latin1').filter((path) => !path.endsWith('/'))
}

/** A copy of the index in which untracked files are announced (not stored), so that a diff shows them. */
async function withDiffIndex<T>(worktree: Worktree, use: (indexFile: string) => Promise<T>): Promise<T> {
  const indexFile = join(adminDir(worktree), `index.diff-${process.pid}-${counter++}`)
  const list = `${indexFile}.list`
  try {
    await copyFile(join(adminDir(worktree), 'index'), indexFile)
    const untracked = await untrackedPaths(worktree)
    if (untracked.length > 0) {
      await writeFile(list, Buffer.from(`${untracked.join('\0')}\0`, 'latin1'))
      const args = ['add', '--intent-to-add', `--pathspec-from-file=${list}`, '--pathspec-file-nul']
      await git(args, { ...worktreeGit(worktree), indexFile })
    }
    return await use(indexFile)
  } finally {
    await Promise.all([rm(indexFile, { force: true }), rm(list, { force: true })])
  }
}
let counter = 0

function parseNameStatus(fields: readonly string[]): ChangedFile[] {
  const files: ChangedFile[] = []
  for (let at = 0; at < fields.length; at++) {
    const status = fields[at]?.[0]
    const path = fields[++at] ?? ''
    if (status === 'R' || status === 'C')
      files.push({ path: fields[++at] ?? '', from: path, status: 'renamed' })
    else if (status === 'A') files.push({ path, status: 'added' })
    else if (status === 'D') files.push({ path, status: 'deleted' })
    else files.push({ path, status: 'modified' })
  }
  return files
}
