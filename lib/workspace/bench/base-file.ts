import type { RunRecord } from '@/lib/core/record'
import { inspectRepository } from '@/lib/workspace/git/inspect'
import { ensureMirror, mirrorPath, resolveCommit } from '@/lib/workspace/git/mirror'
import type { GitHeader } from '@/lib/workspace/git/run'
import { branchAt, fileAt, mainBranchAt } from './base'

/**
 * The text of devpilot.yaml at the tip of a repository's base branch, its mirror brought up to date; null when there
 * is no such file.
 * @throws AppError('repository_unusable' | 'not_found' | 'git_error' | 'bad_config') as `openBase` does
 */
export async function baseConfigText(input: {
  readonly home: string
  readonly repository: RunRecord['repository']
  readonly header: GitHeader | undefined
  readonly signal?: AbortSignal | undefined
}): Promise<string | null> {
  const { home, repository, header, signal } = input
  const local = repository.forge === 'local' ? await inspectRepository(repository.source, signal) : null
  const source = local?.root ?? repository.source
  const mirror = mirrorPath(home, source)
  const { headSha } = await ensureMirror({ source, mirror, header, signal })
  const guess = local?.defaultBranch ?? (await branchAt(mirror, headSha)) ?? repository.defaultBranch
  const branch = await mainBranchAt(mirror, guess, undefined)
  return fileAt(mirror, await resolveCommit(mirror, branch), 'devpilot.yaml')
}
