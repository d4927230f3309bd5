import { configFile } from '@/lib/core/names'
import type { RunRecord } from '@/lib/core/record'
import { AppError } from '@/lib/errors'
import { inspectRepository } from '@/lib/workspace/git/inspect'
import { ensureMirror, mirrorPath, resolveCommit } from '@/lib/workspace/git/mirror'
import type { GitHeader } from '@/lib/workspace/git/run'
import { treeReader } from '@/lib/workspace/project/tree-reader'
import { branchAt, fileAt, mainBranchAt } from './base'

export interface TipInput {
  readonly home: string
  readonly repository: Pick<RunRecord['repository'], 'forge' | 'source' | 'defaultBranch'>
  readonly header: GitHeader | undefined
  readonly signal?: AbortSignal | undefined
}

/** The tip of a repository's base branch, as its source tells it now. */
export interface BaseTip {
  readonly mirror: string
  readonly branch: string
  readonly sha: string
  /** A text file of it, null when it has none there or it is over 1 MB. */
  read(path: string): Promise<string | null>
  /** The paths of its plain files. */
  list(): Promise<readonly string[]>
}

/**
 * Brings a repository's mirror up to date and finds the tip of its base branch.
 * @throws AppError('repository_unusable' | 'not_found' | 'git_error') as `openBase` does
 */
export async function openTip({ home, repository, header, signal }: TipInput): Promise<BaseTip> {
  const local = repository.forge === 'local' ? await inspectRepository(repository.source, signal) : null
  const source = local?.root ?? repository.source
  const mirror = mirrorPath(home, source)
  const { headSha } = await ensureMirror({ source, mirror, header, signal })
  const guess = local?.defaultBranch ?? (await branchAt(mirror, headSha)) ?? repository.defaultBranch
  const branch = await namedBranch(mirror, guess)
  const sha = await resolveCommit(mirror, branch)
  return {
    mirror,
    branch,
    sha,
    read: (path) => fileAt(mirror, sha, path),
    list: async () => (await treeReader({ gitDir: mirror }, sha)).files,
  }
}

/** The branch that the file names; a file that is not valid names none, and can be mended on the default branch. */
async function namedBranch(mirror: string, guess: string): Promise<string> {
  try {
    return await mainBranchAt(mirror, guess, {})
  } catch (error) {
    if (error instanceof AppError && error.code === 'bad_config') return guess
    throw error
  }
}

/** The text of devpilot.yaml at the tip of the base branch; null when there is no such file. */
export async function baseConfigText(input: TipInput): Promise<string | null> {
  return (await openTip(input)).read(configFile)
}
