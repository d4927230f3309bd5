import { AppError } from '@/lib/errors'
import type { GitIdentity } from '@/lib/workspace/git/settings'
import { type CommitCheck, checkName } from '../forge'
import { commitOf, mustGit, tryGit } from '../git'

/** Where a repository without a forge keeps checks: `git log --notes=devpilot` shows them under their commits. */
const notes = [`--ref=refs/notes/${checkName}`] as const

/** @param beforeWrite asked before the note is written, and not when it says the same already */
export async function setLocalCheck(
  repository: string,
  { headSha, state, summary, url }: CommitCheck,
  { committer, beforeWrite }: { readonly committer: GitIdentity; beforeWrite(): Promise<void> },
): Promise<void> {
  if ((await commitOf(repository, headSha)) === null)
    throw new AppError('not_found', `The commit ${headSha} is not in the repository.`, {
      place: repository,
      mend: 'Push the branch first.',
    })
  const text = `${checkName}: ${state}\n${summary.replaceAll('\n', ' ')}\n${url}`
  const there = await tryGit(repository, ['notes', ...notes, 'show', headSha])
  if (there.exitCode === 0 && there.stdout.trim() === text) return
  await beforeWrite()
  await mustGit(repository, ['notes', ...notes, 'add', '-f', '-F', '-', headSha], {
    input: text,
    identity: committer,
  })
}
