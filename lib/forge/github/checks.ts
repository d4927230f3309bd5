import type { Octokit } from 'octokit'
import { checkName } from '@/lib/core/names'
import type { CommitCheck } from '../forge'
import { type GitHubClient, once } from './client'

const longest = 140

/**
 * A commit status, which tokens and Apps may both set; check runs are for Apps alone. GitHub keeps every status and
 * shows the newest of a name: when that says what is to be said already, nothing is made.
 */
export async function setCheck(client: GitHubClient, check: CommitCheck): Promise<void> {
  const { owner, repo } = client
  const { headSha, name = checkName, state, url } = check
  const description =
    check.summary.length <= longest ? check.summary : `${check.summary.slice(0, longest - 1).toWellFormed()}…`
  const find = async (kit: Octokit): Promise<true | null> => {
    const { data } = await kit.rest.repos.listCommitStatusesForRef({
      owner,
      repo,
      ref: headSha,
      per_page: 100,
    })
    const last = data.find(({ context }) => context === name)
    const same = last?.state === state && last.description === description && last.target_url === url
    return same ? true : null
  }
  await client.findOrMake(`Setting the check of ${headSha.slice(0, 7)}`, find, async (kit): Promise<true> => {
    const status = { sha: headSha, state, description, target_url: url, context: name }
    await kit.rest.repos.createCommitStatus({ owner, repo, ...status, ...once })
    return true
  })
}
