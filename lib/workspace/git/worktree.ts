import { existsSync, lstatSync } from 'node:fs'
import { chmod, mkdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { AppError } from '@/lib/errors'
import { makeRemovable, type Owner, ownTree } from '@/lib/workspace/files/owner'
import { type GitOptions, git, gitText, nulSeparated } from '@/lib/workspace/git/run'

/** A run's files and where git keeps its side of them. */
export interface Worktree {
  readonly mirror: string
  /** Absolute path of the files; the agent's world. */
  readonly root: string
  readonly runId: string
  /** Without `refs/heads/`. */
  readonly branch: string
  readonly baseSha: string
}

export interface WorktreeInput extends Worktree {
  /** Who the files are to belong to, so that the sandbox's user can change them; this process's user when absent. */
  readonly owner?: Owner | undefined
  readonly signal?: AbortSignal | undefined
  /** Asked again where a lock of its refs had to be waited for. */
  readonly beforeWrite?: (() => Promise<void>) | undefined
}

const checkoutLimitMs = 600_000

/** Git's side of a worktree: HEAD, index and lock files, inside the mirror and never shown to a sandbox. */
export function adminDir(worktree: Pick<Worktree, 'mirror' | 'runId'>): string {
  return join(worktree.mirror, 'worktrees', worktree.runId)
}

/**
 * Options for every git call on a worktree's files: explicit directories, so that the `.git` found there, which a
 * sandboxed command may have seen, is never read.
 */
export function worktreeGit(worktree: Pick<Worktree, 'mirror' | 'runId' | 'root'>): GitOptions {
  return { gitDir: adminDir(worktree), workTree: worktree.root, cwd: worktree.root }
}

export function runRef(runId: string, turn: number): string {
  return `refs/devpilot/runs/${runId}/${turn}`
}

/** Where the run itself stands; differs from its branch when a person has moved that. */
export function headRef(runId: string): string {
  return `refs/devpilot/runs/${runId}/head`
}

/**
 * A run's worktree at its base commit, on its own branch. Doing it again after a crash makes it anew, as long as no
 * turn of the run has been committed.
 * @throws AppError 'conflict' when the run has commits already (use `restoreWorktree`), 'bad_request' for an id or a
 *   branch that git does not take, 'not_found' for an unknown base, 'disk_full', 'timeout' (10 minutes).
 */
export async function createWorktree(input: WorktreeInput): Promise<Worktree> {
  await checkNames(input)
  if ((await lastTurn(input.mirror, input.runId)) > 0) {
    throw new AppError('conflict', `Run ${input.runId} has commits already.`, {
      place: input.root,
      mend: 'Restore its worktree from its last ref instead of making a new one.',
    })
  }
  await setRefs(input, input.baseSha, [`update ${runRef(input.runId, 0)} ${input.baseSha}`])
  await build(input, input.baseSha)
  return pick(input)
}

/**
 * Puts the files, the branch and the index back to `ref` (a run's ref or a full SHA): tracked files are reset,
 * untracked ones deleted, ignored ones (installed dependencies) kept. A lost folder is built again.
 * @throws as `createWorktree`.
 */
export async function restoreWorktree(input: WorktreeInput & { readonly ref: string }): Promise<Worktree> {
  await checkNames(input)
  const sha = await commitOf(input.mirror, input.ref)
  await setRefs(input, sha, [])
  if (!isWhole(input)) {
    await build(input, sha)
    return pick(input)
  }
  const options = { ...worktreeGit(input), timeoutMs: checkoutLimitMs, signal: input.signal }
  await rm(join(adminDir(input), 'index.lock'), { force: true })
  await git(['read-tree', '--reset', '-u', sha], options)
  await clean(options)
  await settle(input)
  return pick(input)
}

/** Again until nothing goes: a `.gitignore` that went may have hidden what it came with. */
async function clean(options: GitOptions): Promise<void> {
  while ((await gitText(['clean', '-ffd'], options)) !== '');
}

/** Whether a worktree was built to its end, and git's side of it is there. */
export function isWhole(worktree: Pick<Worktree, 'mirror' | 'runId' | 'root'>): boolean {
  return existsSync(join(worktree.root, '.git')) && existsSync(join(adminDir(worktree), 'index'))
}

/** Deletes a run's files and index. Its branch and refs stay: they are the record that it can be restored from. */
export async function removeWorktree(worktree: Pick<Worktree, 'mirror' | 'root' | 'runId'>): Promise<void> {
  await removeTree(worktree.root)
  await rm(adminDir(worktree), { recursive: true, force: true })
}

/** Number of the run's last changing turn; 0 when none has changed anything. */
export async function lastTurn(mirror: string, runId: string): Promise<number> {
  const args = ['for-each-ref', '--format=%(refname)', `refs/devpilot/runs/${runId}/`]
  const refs = await gitText(args, { gitDir: mirror })
  const turns = refs.split('\n').map((ref) => Number(ref.slice(ref.lastIndexOf('/') + 1)) || 0)
  return Math.max(0, ...turns)
}

async function build(input: WorktreeInput, sha: string): Promise<void> {
  const admin = adminDir(input)
  await removeTree(input.root)
  await rm(admin, { recursive: true, force: true })
  await mkdir(input.root, { recursive: true, mode: 0o755 })
  await chmod(input.root, 0o755)
  await mkdir(admin, { recursive: true, mode: 0o700 })
  // What `git worktree add` would write: a person's git works in the folder, and no lock of the mirror is taken.
  await writeFile(join(admin, 'HEAD'), `ref: refs/heads/${input.branch}\n`)
  await writeFile(join(admin, 'commondir'), '../..\n')
  await writeFile(join(admin, 'gitdir'), `${join(input.root, '.git')}\n`)
  const options = { ...worktreeGit(input), timeoutMs: checkoutLimitMs, signal: input.signal }
  await git(['read-tree', '--reset', '-u', sha], options)
  await settle(input)
  // Last: a folder without it was interrupted and is built again.
  await writeFile(join(input.root, '.git'), `gitdir: ${admin}\n`, { mode: 0o444 })
}

/** Gives the files to their owner, then tells the index: a changed owner makes git read every file again. */
async function settle(input: WorktreeInput): Promise<void> {
  const info = lstatSync(input.root)
  const owner = input.owner ?? { uid: info.uid, gid: info.gid }
  const options = { ...worktreeGit(input), timeoutMs: checkoutLimitMs, okCodes: [1] }
  const args = ['ls-files', '--others', '--ignored', '--exclude-standard', '--directory', '-z']
  const ignored = nulSeparated((await git(args, options)).stdout).map((path) => path.replace(/\/$/, ''))
  if (!ownTree(input.root, owner, new Set(ignored))) return
  await git(['update-index', '-q', '--refresh'], options)
}

async function setRefs(input: WorktreeInput, sha: string, more: readonly string[]): Promise<void> {
  const commands = [
    `update refs/heads/${input.branch} ${sha}`,
    `update ${headRef(input.runId)} ${sha}`,
    ...more,
  ]
  const { mirror, signal: patience, beforeWrite } = input
  const text = `${commands.join('\n')}\n`
  await git(['update-ref', '--stdin'], { gitDir: mirror, input: text, patience, beforeWrite })
}

async function checkNames(input: WorktreeInput): Promise<void> {
  if (!/^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$/.test(input.runId)) {
    throw new AppError('bad_request', `\`${input.runId}\` is no run id.`, { place: 'runId' })
  }
  const check = await git(['check-ref-format', `refs/heads/${input.branch}`], { okCodes: [1] })
  if (check.exitCode !== 0 || input.branch.startsWith('-')) {
    throw new AppError('bad_request', `\`${input.branch}\` is no name for a branch.`, {
      place: 'branch',
      mend: 'Use letters, digits, `-` and `/`.',
    })
  }
  await commitOf(input.mirror, input.baseSha)
}

async function commitOf(mirror: string, ref: string): Promise<string> {
  const args = ['rev-parse', '--verify', '--quiet', '--end-of-options', `${ref}^{commit}`]
  const found = await git(args, { gitDir: mirror, okCodes: [1, 128] })
  if (found.exitCode === 0) return found.stdout.toString('utf8').trim()
  throw new AppError('not_found', `The mirror has no commit ${ref}.`, {
    place: mirror,
    mend: 'Bring the mirror up to date; a commit that was pushed away from its branch cannot be had again.',
  })
}

/** Deletes a folder, whatever its permissions. */
export async function removeTree(root: string): Promise<void> {
  try {
    await rm(root, { recursive: true, force: true })
  } catch (error) {
    // A command may have left folders without write permission; as root that does not matter, else it does.
    makeRemovable(root)
    await rm(root, { recursive: true, force: true })
    if (existsSync(root)) throw error
  }
}

function pick({ mirror, root, runId, branch, baseSha }: WorktreeInput): Worktree {
  return { mirror, root, runId, branch, baseSha }
}
