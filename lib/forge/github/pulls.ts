import type { Octokit } from 'octokit'
import { AppError } from '@/lib/errors'
import type { OpenPullRequest, PullRequestRef } from '../forge'
import { hasMarker, withMarker } from '../marker'
import { renderTemplate, templatePaths } from '../template'
import { type GitHubClient, once } from './client'
import { statusOf } from './errors'

/** What is read of GitHub's pull request, whether from the list or from its own page. */
export interface PullData {
  readonly number: number
  readonly node_id: string
  readonly html_url: string
  readonly state: string
  readonly draft?: boolean | undefined
  readonly merged_at: string | null
  readonly merge_commit_sha: string | null
  readonly body: string | null
  readonly head: {
    readonly ref: string
    readonly sha: string
    readonly repo: { readonly full_name: string } | null
  }
  readonly base: { readonly ref: string }
}

export function pullRef(pull: PullData): PullRequestRef {
  const merged = pull.merged_at !== null
  const open = pull.draft === true ? 'draft' : 'open'
  return {
    number: pull.number,
    url: pull.html_url,
    branch: pull.head.ref,
    target: pull.base.ref,
    headSha: pull.head.sha,
    state: merged ? 'merged' : pull.state === 'closed' ? 'closed' : open,
    // Before the merge this field holds a trial merge that GitHub makes for itself.
    mergeSha: merged ? pull.merge_commit_sha : null,
  }
}

/** The pull request of a number, or null. @throws AppError('forge_error') when the repository itself is not there. */
export async function readPull(client: GitHubClient, number: number): Promise<PullData | null> {
  const { owner, repo } = client
  const doing = `Reading pull request ${number}`
  const pull = await client.maybe(doing, async (kit): Promise<PullData> => {
    const { data } = await kit.rest.pulls.get({ owner, repo, pull_number: number })
    return data
  })
  // 404 is said of a missing pull request and of a missing repository alike.
  if (pull === null) await client.ask(doing, (kit) => kit.rest.repos.get({ owner, repo }))
  return pull
}

/** @throws AppError('not_found') */
export async function mustReadPull(client: GitHubClient, number: number): Promise<PullData> {
  const pull = await readPull(client, number)
  if (pull) return pull
  throw new AppError('not_found', `There is no pull request ${number} in ${client.owner}/${client.repo}.`, {
    mend: '`devpilot runs` names the pull request of each run.',
  })
}

async function find(client: GitHubClient, kit: Octokit, input: OpenPullRequest): Promise<PullData | null> {
  const { owner, repo } = client
  const head = `${owner}:${input.branch}`
  const pulls: readonly PullData[] = await kit.paginate(kit.rest.pulls.list, {
    owner,
    repo,
    head,
    state: 'all',
    per_page: 100,
  })
  // `head` is a filter that some servers overlook; a fork's branch of the same name is not ours.
  const ours = pulls.filter(
    (pull) =>
      pull.head.ref === input.branch &&
      pull.head.repo?.full_name.toLowerCase() === `${owner}/${repo}`.toLowerCase(),
  )
  // One that a person closed cannot be merged any more: another is opened in its place.
  const made = ours.find((pull) => hasMarker(pull.body, input.key) && pullRef(pull).state !== 'closed')
  if (made) return made
  const open = ours.find((pull) => pull.state === 'open' && pull.base.ref === input.target)
  if (!open) return null
  // Opened by hand for this very branch: it is taken over. One of another effect is not.
  if (!hasMarker(open.body)) return open
  throw new AppError(
    'conflict',
    `Pull request ${open.number} is open for ${input.branch} under another key.`,
    {
      place: open.html_url,
      mend: 'Close it, or let the run that opened it end, then `devpilot runs retry <run>`.',
    },
  )
}

async function templateOf(client: GitHubClient, target: string): Promise<string | null> {
  const { owner, repo } = client
  for (const path of templatePaths) {
    const text = await client.maybe('Reading the pull request template', async (kit) => {
      const { data } = await kit.rest.repos.getContent({ owner, repo, path, ref: target })
      if (Array.isArray(data) || data.type !== 'file' || !('content' in data)) return null
      return Buffer.from(data.content, 'base64').toString('utf8')
    })
    if (text !== null) return text
  }
  return null
}

/** Opens the pull request of a key, or gives the one that is there, unchanged. */
export async function openPull(client: GitHubClient, input: OpenPullRequest): Promise<PullRequestRef> {
  const { owner, repo } = client
  const pull = await client.findOrMake(
    'Opening the pull request',
    (kit) => find(client, kit, input),
    async (kit): Promise<PullData> => {
      const ref = await kit.rest.git
        .getRef({ owner, repo, ref: `heads/${input.branch}` })
        .catch((error: unknown) => {
          if (statusOf(error) === 404) return null
          throw error
        })
      const head = ref?.data.object.sha
      if (head !== input.headSha) {
        throw new AppError(
          'conflict',
          `${input.branch} is at ${head ?? 'no commit'}, not at ${input.headSha}.`,
          {
            mend: 'Push the branch first; if somebody moved it, `devpilot runs retry <run> --from reviewer`.',
          },
        )
      }
      const body = withMarker(renderTemplate(await templateOf(client, input.target), input.body), input.key)
      const { branch, target: base, title, draft } = input
      const { data } = await kit.rest.pulls.create({
        owner,
        repo,
        head: branch,
        base,
        title,
        body,
        draft,
        ...once,
      })
      return data
    },
  )
  return pullRef(pull)
}

const readyMutation = `mutation($id: ID!) {
  markPullRequestReadyForReview(input: { pullRequestId: $id }) { pullRequest { isDraft } }
}`

/**
 * A draft becomes ready. GitHub offers this in GraphQL alone; a server without GraphQL is asked over REST, which
 * github.com ignores, and what became of it is looked at.
 */
export async function markReady(client: GitHubClient, number: number): Promise<void> {
  const { owner, repo } = client
  const pull = await mustReadPull(client, number)
  if (pullRef(pull).state !== 'draft') return
  const answer = await client.maybe('Making the pull request ready', (kit) =>
    kit.graphql(readyMutation, { id: pull.node_id }),
  )
  if (answer !== null) return
  const patch = { owner, repo, pull_number: number, draft: false }
  await client.ask('Making the pull request ready', (kit) =>
    kit.request('PATCH /repos/{owner}/{repo}/pulls/{pull_number}', patch),
  )
  if (pullRef(await mustReadPull(client, number)).state !== 'draft') return
  throw new AppError('forge_error', `Pull request ${number} stays a draft: this server offers no GraphQL.`, {
    place: pull.html_url,
    mend: 'Press "Ready for review" on its page, then `devpilot runs retry <run>`.',
  })
}
