import { AppError } from '@/lib/errors'
import { assertTarget, type MergeRequest, type PullRequestRef } from '../forge'
import { type GitHubClient, once } from './client'
import { statusOf } from './errors'
import { mustReadPull, pullRef } from './pulls'

function refused(message: string, place: string, cause?: unknown): AppError {
  return new AppError('conflict', message, {
    place,
    mend: 'Look at the pull request’s page for what stands in the way, then `devpilot runs retry <run>`.',
    ...(cause === undefined ? {} : { cause }),
  })
}

const wordsOf = (error: unknown) => (error instanceof Error ? error.message : String(error))

async function fastForward(client: GitHubClient, pull: PullRequestRef, headSha: string): Promise<string> {
  const { owner, repo } = client
  const ref = `heads/${pull.target}`
  return client.findOrMake(
    'Merging the pull request',
    async (kit) => {
      const { data } = await kit.rest.git.getRef({ owner, repo, ref })
      return data.object.sha === headSha ? headSha : null
    },
    async (kit) => {
      try {
        await kit.rest.git.updateRef({ owner, repo, ref, sha: headSha, force: false, ...once })
        return headSha
      } catch (error) {
        if (statusOf(error) !== 422) throw error
        throw refused(
          `${pull.target} cannot be fast-forwarded to ${headSha}: ${wordsOf(error)}`,
          pull.url,
          error,
        )
      }
    },
  )
}

async function mergeByApi(client: GitHubClient, pull: PullRequestRef, input: MergeRequest): Promise<string> {
  const { owner, repo } = client
  const { number, headSha, key } = input
  const method = input.method === 'fast-forward' ? 'merge' : input.method
  const [title = '', ...rest] = input.message.trim().split('\n')
  const trailer = `DevPilot-Key: ${encodeURIComponent(key)}`
  const message = `${rest.join('\n').trim()}\n\n${trailer}`.trim()
  return client.findOrMake(
    'Merging the pull request',
    async () => pullRef(await mustReadPull(client, number)).mergeSha,
    async (kit) => {
      try {
        const { data } = await kit.rest.pulls.merge({
          owner,
          repo,
          pull_number: number,
          sha: headSha,
          merge_method: method,
          // A rebase keeps the commits' own messages, and GitHub refuses others.
          ...(method === 'rebase'
            ? {}
            : { commit_title: title || `Merge #${number}`, commit_message: message }),
          ...once,
        })
        return data.sha
      } catch (error) {
        // 405 not mergeable, 409 head moved, 422 rules: with nothing changed, all of them.
        const status = statusOf(error)
        if (status !== 405 && status !== 409 && status !== 422) throw error
        throw refused(`GitHub does not merge pull request ${number}: ${wordsOf(error)}`, pull.url, error)
      }
    },
  )
}

async function tipOf(client: GitHubClient, branch: string): Promise<string> {
  const { owner, repo } = client
  return client.ask(`Reading ${branch}`, async (kit) => {
    const { data } = await kit.rest.git.getRef({ owner, repo, ref: `heads/${branch}` })
    return data.object.sha
  })
}

/**
 * Merges a pull request if its head is still `headSha` and it goes where it was asked to. GitHub's merge takes the
 * head alone: a target that moves between the look at it and the merge is not seen.
 * @returns it as merged; one that is merged already is given back as it is.
 * @throws AppError('conflict') when it is a draft, closed, has moved, or GitHub's rules forbid it;
 *   'stale_evidence' when it goes elsewhere than was asked for.
 */
export async function mergePull(client: GitHubClient, input: MergeRequest): Promise<PullRequestRef> {
  const pull = pullRef(await mustReadPull(client, input.number))
  if (pull.state === 'merged') return pull
  if (pull.state !== 'open') throw refused(`Pull request ${pull.number} is ${pull.state}.`, pull.url)
  if (pull.headSha !== input.headSha) {
    throw new AppError(
      'conflict',
      `${pull.branch} is at ${pull.headSha}, and ${input.headSha} was approved.`,
      {
        place: pull.url,
        mend: 'Let the change be reviewed and approved again: `devpilot runs retry <run> --from reviewer`.',
      },
    )
  }
  const tip = input.targetSha === undefined ? null : await tipOf(client, pull.target)
  // A target at this very head was fast-forwarded already; GitHub may not have marked the request yet.
  const sha = tip === input.headSha ? (input.targetSha ?? null) : tip
  assertTarget(input, { target: pull.target, sha }, pull.url)
  const mergeSha =
    input.method === 'fast-forward'
      ? await fastForward(client, pull, input.headSha)
      : await mergeByApi(client, pull, input)
  return { ...pull, state: 'merged', mergeSha }
}
