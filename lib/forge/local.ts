import { join } from 'node:path'
import { AppError } from '@/lib/errors'
import { withFileLock } from '@/lib/workspace/git/lock'
import { defaultIdentity, type GitIdentity } from '@/lib/workspace/git/settings'
import type { BeforeWrite, Forge, MergeRequest, OpenPullRequest, PullRequestRef } from './forge'
import { assertBranchName, commitOf, mustGit, tryGit } from './git'
import { setLocalCheck } from './local/check'
import { highestIssue, readIssue } from './local/issue'
import { mergeLocal } from './local/merge'
import { pushLocal } from './local/push'
import type { LocalForgeStore, LocalPullRequest } from './local-store'
import { redactedForge } from './redacted'
import { renderTemplate, templatePaths } from './template'

export interface LocalForgeOptions {
  /** The user's repository: a checkout or a bare directory. */
  readonly repositoryPath: string
  readonly store: LocalForgeStore
  /** Where a person sees pull request `number`. */
  readonly urlFor: (number: number) => string
  /** Who makes merge commits. */
  readonly committer?: GitIdentity
  readonly beforeWrite?: BeforeWrite | undefined
}

/** The forge of a repository that has none: pull requests are records, branches and merges are real. */
export interface LocalForge extends Forge {
  readonly kind: 'local'
  /** The change of a pull request against the point where it left its target, as `git diff` prints it. */
  diff(number: number): Promise<string>
}

async function templateOf(repository: string, target: string): Promise<string | null> {
  for (const path of templatePaths) {
    const shown = await tryGit(repository, ['cat-file', 'blob', `refs/heads/${target}:${path}`])
    if (shown.exitCode === 0) return shown.stdout
  }
  return null
}

/** A store whose writes are asked for first; a comment that is there already is none. */
function guarded(store: LocalForgeStore, beforeWrite: BeforeWrite): LocalForgeStore {
  return {
    ...store,
    async insert(input, above) {
      await beforeWrite()
      return store.insert(input, above)
    },
    async update(number, change) {
      await beforeWrite()
      return store.update(number, change)
    },
    async addComment(number, comment) {
      if ((await store.comments(number)).some(({ key }) => key === comment.key)) return
      await beforeWrite()
      await store.addComment(number, comment)
    },
  }
}

/**
 * @param options see `LocalForgeOptions`.
 * @returns a forge whose every call can be made again under its key without doing anything twice.
 */
export function createLocalForge(options: LocalForgeOptions): LocalForge {
  const { repositoryPath: repository, urlFor } = options
  const { committer = defaultIdentity, beforeWrite = async () => {} } = options
  const store = guarded(options.store, beforeWrite)

  /** One writer at a time: a second would take the first one's half-brought files for the user's changes. */
  async function alone<T>(work: () => Promise<T>): Promise<T> {
    const folder = await mustGit(repository, ['rev-parse', '--path-format=absolute', '--git-common-dir'])
    return withFileLock({ path: join(folder, 'devpilot.lock'), timeoutMs: 60_000 }, work)
  }

  async function known(number: number): Promise<LocalPullRequest> {
    const pull = await store.get(number)
    if (pull) return pull
    throw new AppError('not_found', `There is no pull request ${number}.`, {
      mend: '`devpilot runs` names the pull request of each run.',
    })
  }

  async function refOf(pull: LocalPullRequest): Promise<PullRequestRef> {
    const live = pull.state === 'merged' ? null : await commitOf(repository, `refs/heads/${pull.branch}`)
    const { number, branch, target, state, mergeSha } = pull
    return { number, url: urlFor(number), branch, target, headSha: live ?? pull.headSha, state, mergeSha }
  }

  async function openPullRequest(input: OpenPullRequest): Promise<PullRequestRef> {
    const there = await store.findByKey(input.key)
    if (there) return refOf(there)
    await assertBranchName(repository, input.branch)
    await assertBranchName(repository, input.target)
    const head = await commitOf(repository, `refs/heads/${input.branch}`)
    if (head !== input.headSha) {
      throw new AppError(
        'conflict',
        `${input.branch} is at ${head ?? 'no commit'}, not at ${input.headSha}.`,
        {
          place: `refs/heads/${input.branch}`,
          mend: 'Push the branch first; if somebody moved it, `devpilot runs retry <run> --from reviewer`.',
        },
      )
    }
    const baseSha = await commitOf(repository, `refs/heads/${input.target}`)
    if (baseSha === null) {
      throw new AppError('not_found', `The target branch ${input.target} is not in the repository.`, {
        place: repository,
        mend: 'Name a branch that is there as `project.main_branch` in devpilot.yaml.',
      })
    }
    const { key, branch, target, headSha, title } = input
    const body = renderTemplate(await templateOf(repository, target), input.body)
    const state = input.draft ? 'draft' : 'open'
    const pull = { key, branch, target, headSha, baseSha, title, body, labels: [], state } as const
    return refOf(await store.insert(pull, await highestIssue(repository)))
  }

  async function merge(input: MergeRequest): Promise<PullRequestRef> {
    const pull = await known(input.number)
    if (pull.state === 'merged') return refOf(pull)
    if (pull.state !== 'open') {
      throw new AppError('conflict', `Pull request ${pull.number} is ${pull.state} and is not merged.`, {
        mend:
          pull.state === 'draft'
            ? 'Make it ready first, by its approval.'
            : 'Open another one: `devpilot runs retry <run> --from pr`.',
      })
    }
    const mergeSha = await alone(() => mergeLocal(repository, pull, input, { committer, beforeWrite }))
    return refOf(await store.update(pull.number, { state: 'merged', mergeSha, headSha: input.headSha }))
  }

  async function markReady(number: number): Promise<void> {
    const pull = await known(number)
    if (pull.state === 'draft') await store.update(number, { state: 'open' })
  }

  async function setLabels(
    number: number,
    { add, remove }: Parameters<Forge['setLabels']>[1],
  ): Promise<void> {
    const { labels } = await known(number)
    const kept = labels.filter((label) => !remove.includes(label))
    const next = [...kept, ...add.filter((label) => !kept.includes(label))]
    const same = next.length === labels.length && next.every((label) => labels.includes(label))
    if (!same) await store.update(number, { labels: next })
  }

  async function diff(number: number): Promise<string> {
    const pull = await known(number)
    const { headSha } = await refOf(pull)
    const args = ['diff', '--no-ext-diff', '--no-textconv', '--no-color', '--full-index', '--binary']
    // Once merged, the target holds the change itself.
    const base = pull.state === 'merged' ? pull.baseSha : `refs/heads/${pull.target}`
    return mustGit(repository, [...args, `${base}...${headSha}`, '--'])
  }

  return redactedForge({
    kind: 'local',
    push: (input) => alone(() => pushLocal(repository, input, beforeWrite)),
    openPullRequest,
    async getPullRequest(number) {
      const pull = await store.get(number)
      return pull ? refOf(pull) : null
    },
    markReady,
    setLabels,
    setCheck: (check) => alone(() => setLocalCheck(repository, check, { committer, beforeWrite })),
    async addReviewComments(number, comments) {
      await known(number)
      for (const comment of comments) await store.addComment(number, comment)
    },
    merge,
    async getIssue(number) {
      const issue = await readIssue(repository, number)
      if (await store.get(number)) return issue
      const said = await store.comments(number)
      return { ...issue, comments: said.map(({ body }) => ({ author: 'devpilot', body })) }
    },
    async comment(number, { key, body }) {
      if ((await store.get(number)) === null) await readIssue(repository, number)
      await store.addComment(number, { key, body, file: null, line: null })
    },
    diff,
  })
}
