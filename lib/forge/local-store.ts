import type { PullRequestRef } from './forge'

/** A pull request of a repository that has no forge but this program. */
export interface LocalPullRequest {
  readonly number: number
  /** The effect that opened it. Unique among the repository's pull requests that are not closed. */
  readonly key: string
  readonly branch: string
  readonly target: string
  readonly title: string
  readonly body: string
  readonly labels: readonly string[]
  readonly state: PullRequestRef['state']
  /** The head when it was opened; once merged, the head that was merged. */
  readonly headSha: string
  /** The target's commit when it was opened: a merge of it is looked for from here on. */
  readonly baseSha: string
  readonly mergeSha: string | null
}

export type NewLocalPullRequest = Omit<LocalPullRequest, 'number' | 'mergeSha'>

export interface LocalComment {
  /** Unique for one number. */
  readonly key: string
  readonly body: string
  /** The place in the change, for a review's comment. */
  readonly file: string | null
  readonly line: number | null
}

/** What the local forge keeps, of ONE repository. Every write is atomic by itself. */
export interface LocalForgeStore {
  /** Never one that is closed: another is opened in its place. */
  findByKey(key: string): Promise<LocalPullRequest | null>
  get(number: number): Promise<LocalPullRequest | null>
  list(): Promise<readonly LocalPullRequest[]>
  /**
   * Keeps a new pull request under the next number over `above`; when the key is taken (another process was
   * faster), keeps nothing and gives the one that is there.
   */
  insert(input: NewLocalPullRequest, above: number): Promise<LocalPullRequest>
  update(
    number: number,
    change: Partial<Pick<LocalPullRequest, 'state' | 'headSha' | 'mergeSha' | 'labels'>>,
  ): Promise<LocalPullRequest>
  /** A comment whose key the number already has is not added again. */
  addComment(number: number, comment: LocalComment): Promise<void>
  comments(number: number): Promise<readonly LocalComment[]>
}
