import type { Forge } from '../forge'
import { redactedForge } from '../redacted'
import { setCheck } from './checks'
import { createClient, type GitHubOptions } from './client'
import { addReviewComments, comment, readIssue } from './comments'
import { setLabels } from './labels'
import { mergePull } from './merge'
import { markReady, openPull, pullRef, readPull } from './pulls'
import { pushByApi } from './push-api'
import { pushByGit } from './push-git'

/**
 * The forge of a repository on github.com, a GitHub Enterprise Server, or a server that speaks the same API.
 * @throws every call: AppError('forge_error') with what the token lacks; 'conflict' where something moved.
 */
export function createGitHubForge(options: GitHubOptions): Forge {
  const client = createClient(options)
  return redactedForge({
    kind: 'github',
    push: (input) => (options.push === 'api' ? pushByApi(client, input) : pushByGit(client, input)),
    openPullRequest: (input) => openPull(client, input),
    async getPullRequest(number) {
      const pull = await readPull(client, number)
      return pull && pullRef(pull)
    },
    markReady: (number) => markReady(client, number),
    setLabels: (number, labels) => setLabels(client, number, labels),
    setCheck: (check) => setCheck(client, check),
    addReviewComments: (number, comments) => addReviewComments(client, number, comments),
    merge: (input) => mergePull(client, input),
    getIssue: (number) => readIssue(client, number),
    comment: (number, input) => comment(client, number, input),
  })
}
