import { AppError } from '@/lib/errors'
import type { GitIdentity } from '@/lib/workspace/git/settings'
import { assertTarget, type BeforeWrite, type MergeRequest } from '../forge'
import { commitOf, isAncestor, tryGit } from '../git'
import type { LocalPullRequest } from '../local-store'
import { bringAlong, checkoutsOf, inspectCheckout } from './checkouts'
import { commitWithKey, mergeCommit } from './trees'

/** The commit by which this request was merged already, as when the program died before it was written down. */
async function alreadyMerged(
  repository: string,
  pull: LocalPullRequest,
  request: MergeRequest,
  target: string,
): Promise<string | null> {
  if (await isAncestor(repository, pull.baseSha, target)) {
    const made = await commitWithKey(repository, { from: pull.baseSha, to: target }, request.key)
    if (made !== null) return made
  }
  return (await isAncestor(repository, request.headSha, target)) ? request.headSha : null
}

async function moveTarget(
  repository: string,
  move: { readonly branch: string; readonly from: string; readonly to: string; readonly number: number },
  beforeWrite: BeforeWrite,
): Promise<void> {
  const folders = await checkoutsOf(repository, move.branch)
  const waiting: string[] = []
  // Every folder is looked at before the first is changed.
  for (const folder of folders) {
    if ((await inspectCheckout(folder, move.from, move.to)) === 'ready') waiting.push(folder)
  }
  // Files first: dying between the two leaves changes that the next try knows as its own, while a moved ref over
  // old files would look like a change that takes the merge back.
  const back = async () => {
    for (const folder of waiting) await bringAlong(folder, move.to, move.from)
  }
  if (waiting.length > 0) await beforeWrite()
  for (const folder of waiting) await bringAlong(folder, move.from, move.to)
  try {
    await beforeWrite()
  } catch (error) {
    // Nobody else can have been here: the folder is ours until this call ends.
    await back()
    throw error
  }
  const args = [
    'update-ref',
    '-m',
    `devpilot: merge #${move.number}`,
    `refs/heads/${move.branch}`,
    move.to,
    move.from,
  ]
  const answer = await tryGit(repository, args)
  if (answer.exitCode === 0) return
  await back()
  throw new AppError(
    'conflict',
    `${move.branch} moved while it was being merged into: ${answer.stderr.trim()}`,
    {
      place: `refs/heads/${move.branch}`,
      transient: true,
      mend: '`devpilot runs retry <run>`: the merge is made again on the new commit.',
    },
  )
}

/**
 * Merges a pull request's branch into its target in the user's repository.
 * @returns the commit that the target has because of it.
 * @throws AppError('conflict') with nothing changed: head moved, sides conflict, a checkout is not clean;
 *   'stale_evidence' when the target is not the one that was asked for.
 */
export async function mergeLocal(
  repository: string,
  pull: LocalPullRequest,
  request: MergeRequest,
  { committer, beforeWrite }: { readonly committer: GitIdentity; readonly beforeWrite: BeforeWrite },
): Promise<string> {
  const base = await commitOf(repository, `refs/heads/${pull.target}`)
  if (base === null) {
    throw new AppError('not_found', `The target branch ${pull.target} is not in the repository any more.`, {
      place: repository,
      mend: `Make it again (\`git branch ${pull.target} <commit>\`), then \`devpilot runs retry <run>\`.`,
    })
  }
  const merged = await alreadyMerged(repository, pull, request, base)
  if (merged !== null) return merged
  assertTarget(request, { target: pull.target, sha: base }, `refs/heads/${pull.target}`)
  const head = await commitOf(repository, `refs/heads/${pull.branch}`)
  if (head !== request.headSha) {
    const now = head === null ? 'is gone' : `is at ${head}`
    throw new AppError('conflict', `${pull.branch} ${now}, and ${request.headSha} was approved.`, {
      place: `refs/heads/${pull.branch}`,
      mend: 'Let the change be reviewed and approved again: `devpilot runs retry <run> --from reviewer`.',
    })
  }
  const to = await mergeCommit({ repository, base, head }, request, committer)
  const move = { branch: pull.target, from: base, to, number: pull.number }
  await moveTarget(repository, move, beforeWrite)
  return to
}
