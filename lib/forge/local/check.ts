import { checkName } from '@/lib/core/names'
import { AppError } from '@/lib/errors'
import type { GitIdentity } from '@/lib/workspace/git/settings'
import type { CommitCheck } from '../forge'
import { commitOf, mustGit, tryGit } from '../git'

/** Where a repository without a forge keeps checks: `git log --notes=devpilot` shows them under their commits. */
const notes = [`--ref=refs/notes/${checkName}`] as const

/**
 * One note a commit, with a paragraph for each name.
 * @param beforeWrite asked before the note is written, and not when it says the same already
 */
export async function setLocalCheck(
  repository: string,
  { headSha, name = checkName, state, summary, url }: CommitCheck,
  { committer, beforeWrite }: { readonly committer: GitIdentity; beforeWrite(): Promise<void> },
): Promise<void> {
  if ((await commitOf(repository, headSha)) === null)
    throw new AppError('not_found', `The commit ${headSha} is not in the repository.`, {
      place: repository,
      mend: 'Push the branch first.',
    })
  const text = `${name}: ${state}\n${summary.replace(/\s*\n\s*/g, ' ')}\n${url}`
  const shown = await tryGit(repository, ['notes', ...notes, 'show', headSha])
  const there = shown.exitCode === 0 ? shown.stdout.trim().split('\n\n') : []
  if (there.includes(text)) return
  const others = there.filter((paragraph) => !paragraph.startsWith(`${name}: `))
  await beforeWrite()
  await mustGit(repository, ['notes', ...notes, 'add', '-f', '-F', '-', headSha], {
    input: [...others, text].join('\n\n'),
    identity: committer,
  })
}
