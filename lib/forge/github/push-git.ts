import { AppError } from '@/lib/errors'
import type { GitOptions } from '@/lib/workspace/git/run'
import type { Forge } from '../forge'
import { assertBranchName, commitOf, isAncestor, mustGit } from '../git'
import type { GitHubClient } from './client'
import { pushUrlOf } from './url'

type Push = Parameters<Forge['push']>[0]

/** In the mirror: what was pushed last, to tell our own earlier commit from somebody else's. */
const pushedRef = (branch: string) => `refs/devpilot/pushed/${branch}`

/** @throws AppError('conflict') */
export function movedByOthers(branch: string, at: string): AppError {
  return new AppError('conflict', `The branch ${branch} has commits that DevPilot did not make (${at}).`, {
    place: `refs/heads/${branch}`,
    mend: `Keep them under another name, delete ${branch} on the forge, then \`devpilot runs retry <run>\`.`,
  })
}

function translate(error: unknown, repository: string): AppError {
  if (!(error instanceof AppError)) {
    return new AppError('forge_error', 'The branch could not be pushed.', { place: repository, cause: error })
  }
  if (error.code !== 'git_error' && error.code !== 'repository_unusable') return error
  const { message, transient } = error
  const make = (mend: string) =>
    new AppError('forge_error', `Pushing to ${repository}: ${message}`, {
      place: repository,
      transient,
      mend,
      cause: error,
    })
  if (/workflow/i.test(message)) {
    return make(
      'The change is in .github/workflows: give the token the scope `workflow` (fine-grained: workflows, write).',
    )
  }
  if (/stale info|non-fast-forward|fetch first/i.test(message)) {
    return new AppError('conflict', `The branch moved while it was pushed: ${message}`, {
      transient: true,
      cause: error,
    })
  }
  if (/protected|GH006|GH013|pre-receive/i.test(message))
    return make('A rule of the repository refuses the push: its message names it.')
  if (/\b40[13]\b|denied|Authentication failed|could not read Username/i.test(message)) {
    return make(
      'Give the token contents: write on this repository (classic: the scope `repo`), and see that it is valid.',
    )
  }
  return make('See that this machine reaches the forge, then `devpilot runs retry <run>`.')
}

/**
 * Pushes the mirror's commit over https. The token travels as a header in git's environment, for this one host.
 * @throws AppError('conflict') when the branch there has others' commits; 'forge_error' when it is refused.
 */
export async function pushByGit(client: GitHubClient, { mirror, branch, headSha }: Push): Promise<void> {
  const repository = `${client.owner}/${client.repo}`
  await assertBranchName(mirror, branch)
  const url = pushUrlOf(client.baseUrl, client.owner, client.repo)
  const basic = Buffer.from(`x-access-token:${await client.token()}`).toString('base64')
  const header = { url: `${new URL(url).origin}/`, header: `Authorization: Basic ${basic}` }
  const call: GitOptions = { header, protocols: ['https', 'http'], timeoutMs: 600_000 }
  const ref = `refs/heads/${branch}`
  try {
    const listed = await mustGit(mirror, ['ls-remote', '--', url, ref], call)
    const old = listed === '' ? null : (listed.split('\t')[0] ?? null)
    if (old !== headSha) {
      const ours = old === null || old === (await commitOf(mirror, pushedRef(branch)))
      if (old !== null && !ours && !(await isAncestor(mirror, old, headSha))) throw movedByOthers(branch, old)
      await client.beforeWrite()
      const lease = `--force-with-lease=${ref}:${old ?? ''}`
      await mustGit(
        mirror,
        ['push', '--porcelain', '--no-verify', lease, '--', url, `${headSha}:${ref}`],
        call,
      )
    }
  } catch (error) {
    throw translate(error, repository)
  }
  await mustGit(mirror, ['update-ref', pushedRef(branch), headSha])
}
