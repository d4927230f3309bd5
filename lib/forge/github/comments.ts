import type { Octokit } from 'octokit'
import { AppError } from '@/lib/errors'
import type { ForgeIssue, ReviewComment } from '../forge'
import { hasMarker, withMarker } from '../marker'
import { type GitHubClient, once } from './client'
import { statusOf } from './errors'
import { mustReadPull } from './pulls'

interface Said {
  readonly body?: string | null
}

async function conversation(client: GitHubClient, kit: Octokit, number: number): Promise<readonly Said[]> {
  const { owner, repo } = client
  return kit.paginate(kit.rest.issues.listComments, { owner, repo, issue_number: number, per_page: 100 })
}

async function onLines(client: GitHubClient, kit: Octokit, number: number): Promise<readonly Said[]> {
  const { owner, repo } = client
  return kit.paginate(kit.rest.pulls.listReviewComments, { owner, repo, pull_number: number, per_page: 100 })
}

const saidUnder = (said: readonly Said[], key: string): true | null =>
  said.some(({ body }) => hasMarker(body, key)) ? true : null

/** A comment on an issue or pull request, once for its key. */
export async function comment(
  client: GitHubClient,
  number: number,
  input: { readonly key: string; readonly body: string },
): Promise<void> {
  const { owner, repo } = client
  await client.findOrMake(
    `Commenting on ${number}`,
    async (kit) => saidUnder(await conversation(client, kit, number), input.key),
    async (kit): Promise<true> => {
      const body = withMarker(input.body, input.key)
      await kit.rest.issues.createComment({ owner, repo, issue_number: number, body, ...once })
      return true
    },
  )
}

type Place = { line: number; side: 'RIGHT' } | { subject_type: 'file' }

/** GitHub takes comments on the diff alone: a line outside it becomes a comment on the file, then on the page. */
async function place(
  client: GitHubClient,
  kit: Octokit,
  input: { readonly number: number; readonly headSha: string; readonly comment: ReviewComment },
): Promise<true> {
  const { owner, repo } = client
  const { file, line, key } = input.comment
  const at = line === null ? file : `${file}:${line}`
  const places: Place[] = line === null ? [] : [{ line, side: 'RIGHT' }]
  places.push({ subject_type: 'file' })
  for (const where of places) {
    const named =
      'subject_type' in where && line !== null
        ? `**Line ${line}**\n\n${input.comment.body}`
        : input.comment.body
    const common = { owner, repo, pull_number: input.number, commit_id: input.headSha, path: file }
    try {
      await kit.request('POST /repos/{owner}/{repo}/pulls/{pull_number}/comments', {
        ...common,
        ...where,
        body: withMarker(named, key),
        ...once,
      })
      return true
    } catch (error) {
      if (statusOf(error) !== 422) throw error
    }
  }
  const body = withMarker(`\`${at}\`\n\n${input.comment.body}`, key)
  await kit.rest.issues.createComment({ owner, repo, issue_number: input.number, body, ...once })
  return true
}

/** Each comment once for its key, on its line where the diff has it. */
export async function addReviewComments(
  client: GitHubClient,
  number: number,
  comments: readonly ReviewComment[],
): Promise<void> {
  if (comments.length === 0) return
  const pull = await mustReadPull(client, number)
  for (const entry of comments) {
    await client.findOrMake(
      `Commenting on ${entry.file}`,
      async (kit) =>
        saidUnder(
          [...(await onLines(client, kit, number)), ...(await conversation(client, kit, number))],
          entry.key,
        ),
      (kit) => place(client, kit, { number, headSha: pull.head.sha, comment: entry }),
    )
  }
}

/** An issue with its comments, oldest first. @throws AppError('not_found') */
export async function readIssue(client: GitHubClient, number: number): Promise<ForgeIssue> {
  const { owner, repo } = client
  const doing = `Reading issue ${number}`
  const answer = await client.maybe(doing, (kit) =>
    kit.rest.issues.get({ owner, repo, issue_number: number }),
  )
  if (answer === null) {
    // 404 is said of a missing issue and of a missing repository alike.
    await client.ask(doing, (kit) => kit.rest.repos.get({ owner, repo }))
    throw new AppError('not_found', `There is no issue ${number} in ${owner}/${repo}.`, {
      mend: 'See the number, or give the task in words.',
    })
  }
  const comments = await client.ask(doing, (kit) =>
    kit.paginate(kit.rest.issues.listComments, { owner, repo, issue_number: number, per_page: 100 }),
  )
  const { data } = answer
  return {
    number: data.number,
    title: data.title,
    body: data.body ?? '',
    labels: data.labels.flatMap((label) => (typeof label === 'string' ? label : (label.name ?? []))),
    url: data.html_url,
    author: data.user?.login ?? 'ghost',
    comments: comments.map((said) => ({ author: said.user?.login ?? 'ghost', body: said.body ?? '' })),
  }
}
