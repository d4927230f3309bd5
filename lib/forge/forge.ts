import { AppError } from '@/lib/errors'

/** A pull request of any forge, as the pipeline needs it. */
export interface PullRequestRef {
  readonly number: number
  readonly url: string
  readonly branch: string
  readonly target: string
  readonly headSha: string
  readonly state: 'draft' | 'open' | 'merged' | 'closed'
  readonly mergeSha: string | null
}

export interface OpenPullRequest {
  /** Deterministic key of this effect; the same key twice gives the same pull request, until a person closes it. */
  readonly key: string
  readonly branch: string
  readonly target: string
  readonly headSha: string
  readonly title: string
  readonly body: string
  readonly draft: boolean
}

export interface ReviewComment {
  readonly key: string
  readonly file: string
  readonly line: number | null
  readonly body: string
}

export interface MergeRequest {
  readonly key: string
  readonly number: number
  /** Merge only if the head is still this commit. */
  readonly headSha: string
  /** Merge only if the pull request still goes into this branch. */
  readonly target?: string
  /** Merge only if the target is still at this commit; absent: wherever it is. */
  readonly targetSha?: string | undefined
  readonly method: 'merge' | 'squash' | 'rebase' | 'fast-forward'
  readonly message: string
}

export interface ForgeIssue {
  readonly number: number
  readonly title: string
  readonly body: string
  readonly labels: readonly string[]
  readonly url: string
  readonly author: string
  readonly comments: readonly { readonly author: string; readonly body: string }[]
}

/** What a commit is shown as on the forge. */
export interface CommitCheck {
  readonly headSha: string
  /** Under which name it stands; absent: `checkName`. Checks of other names stay. */
  readonly name?: string
  /** `error`: nothing more will be said of it. */
  readonly state: 'pending' | 'success' | 'failure' | 'error'
  /** One line; forges cut it at 140 characters. */
  readonly summary: string
  /** Where a person reads more. */
  readonly url: string
}

/**
 * Asked by a forge right before each call that changes something outside, and never before one that only looks: what
 * it throws stops the call. Whoever made nothing in a verb found all of it there.
 */
export type BeforeWrite = () => Promise<void>

/**
 * The host of a repository's pull requests. Every call that changes something carries a deterministic key and
 * looks for what it would make before it makes it, so that doing it again does nothing.
 * Errors: AppError('forge_error'), `transient` where trying again may help; 'conflict' where a merge is refused.
 */
export interface Forge {
  readonly kind: 'local' | 'github' | 'gitlab'
  /** Brings the branch of the mirror (bare git directory) to the forge. */
  push(input: { readonly mirror: string; readonly branch: string; readonly headSha: string }): Promise<void>
  openPullRequest(input: OpenPullRequest): Promise<PullRequestRef>
  getPullRequest(number: number): Promise<PullRequestRef | null>
  /** A draft becomes ready for review. */
  markReady(number: number): Promise<void>
  /** Labels that a pull request has afterwards, and those that it has not; others stay as they are. */
  setLabels(
    number: number,
    labels: { readonly add: readonly string[]; readonly remove: readonly string[] },
  ): Promise<void>
  /** What a commit is shown as; the newest of the same name counts. */
  setCheck(check: CommitCheck): Promise<void>
  addReviewComments(number: number, comments: readonly ReviewComment[]): Promise<void>
  merge(input: MergeRequest): Promise<PullRequestRef>
  getIssue(number: number): Promise<ForgeIssue>
  /** A comment on an issue or pull request. */
  comment(number: number, input: { readonly key: string; readonly body: string }): Promise<void>
}

/**
 * A merge that was asked for one place must not end in another.
 * @param now where the pull request goes, and the commit that branch is at
 * @throws AppError('stale_evidence') when that is not what the merge was asked for; nothing was changed
 */
export function assertTarget(
  wanted: Pick<MergeRequest, 'target' | 'targetSha'>,
  now: { readonly target: string; readonly sha: string | null },
  place: string,
): void {
  const retargeted = wanted.target !== undefined && wanted.target !== now.target
  const moved = wanted.targetSha !== undefined && wanted.targetSha !== now.sha
  if (!retargeted && !moved) return
  const what = retargeted
    ? `the pull request now goes into ${now.target}, not ${wanted.target}`
    : `${now.target} has moved on from ${wanted.targetSha?.slice(0, 7)}`
  throw new AppError('stale_evidence', what, {
    place,
    mend: 'Let the change be approved for where it goes now: `devpilot runs retry <run>`.',
  })
}
