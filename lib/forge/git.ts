import { AppError } from '@/lib/errors'
import { type GitOptions, git } from '@/lib/workspace/git/run'

export interface GitAnswer {
  readonly stdout: string
  readonly stderr: string
  readonly exitCode: number
}

/** git in a folder (a checkout or a bare directory); exit codes 1 and 128 are answers, not errors. */
export async function tryGit(
  folder: string,
  args: readonly string[],
  call: GitOptions = {},
): Promise<GitAnswer> {
  const { stdout, stderr, exitCode } = await git(args, { okCodes: [1, 128], ...call, cwd: folder })
  return { stdout: stdout.toString('utf8'), stderr, exitCode }
}

/** git's output without the last line end. @throws AppError('git_error') with git's own words when it fails. */
export async function mustGit(
  folder: string,
  args: readonly string[],
  call: GitOptions = {},
): Promise<string> {
  const { stdout } = await git(args, { ...call, cwd: folder })
  return stdout.toString('utf8').replace(/\n$/, '')
}

/** The commit that a name stands for, or null. */
export async function commitOf(folder: string, name: string): Promise<string | null> {
  const answer = await tryGit(folder, [
    'rev-parse',
    '--verify',
    '--quiet',
    '--end-of-options',
    `${name}^{commit}`,
  ])
  return answer.exitCode === 0 ? answer.stdout.trim() : null
}

/** Whether `ancestor` can be reached from `descendant`; false too when one of them is not there. */
export async function isAncestor(folder: string, ancestor: string, descendant: string): Promise<boolean> {
  const answer = await tryGit(folder, ['merge-base', '--is-ancestor', ancestor, descendant])
  return answer.exitCode === 0
}

/** @throws AppError('bad_request') when the name cannot be a branch: git would read `-x` or `@{-1}` otherwise. */
export async function assertBranchName(folder: string, branch: string): Promise<void> {
  const answer = branch.startsWith('-')
    ? null
    : await tryGit(folder, ['check-ref-format', `refs/heads/${branch}`])
  if (answer?.exitCode === 0) return
  throw new AppError('bad_request', `"${branch}" is not a name that git takes for a branch.`, {
    mend: 'Use letters, digits, "-", "_", "." and "/" in branch names.',
  })
}
