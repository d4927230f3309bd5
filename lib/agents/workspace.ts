/** What an agent may do to a run's files. Paths are relative to the workspace, with `/`. */
export interface Workspace {
  /** Commit the workspace was made from. */
  readonly baseSha: string
  headSha(): Promise<string>
  /** Tracked and untracked, ignored ones left out; sorted. */
  listFiles(input: {
    readonly under?: string
    readonly limit: number
  }): Promise<{ readonly files: readonly string[]; readonly total: number }>
  /** Lines are 1-based; binary and too large files throw AppError with what to do instead. */
  readFile(input: {
    readonly path: string
    readonly fromLine?: number
    readonly toLine?: number
  }): Promise<FileSlice>
  /** Fixed string or regular expression over text files. */
  search(input: {
    readonly query: string
    readonly regex: boolean
    readonly under?: string
    readonly limit: number
  }): Promise<readonly SearchHit[]>
  editFile(input: EditInput): Promise<EditResult>
  writeFile(input: { readonly path: string; readonly content: string }): Promise<void>
  deleteFile(input: { readonly path: string }): Promise<void>
  /** Unified diff of the workspace against its base, uncommitted changes included. */
  diff(): Promise<string>
  /** Commits what changed, moves the run's ref; null when nothing did. */
  commit(message: string): Promise<string | null>
}

export interface FileSlice {
  readonly path: string
  readonly content: string
  readonly fromLine: number
  readonly toLine: number
  readonly totalLines: number
}

export interface SearchHit {
  readonly path: string
  readonly line: number
  readonly text: string
}

export interface EditInput {
  readonly path: string
  readonly oldText: string
  readonly newText: string
  /** Replace every place; without it a text that stands more than once is an error that names the places. */
  readonly all?: boolean
}

export interface EditResult {
  readonly replaced: number
  /** `exact` or `whitespace`: how the place was found. */
  readonly matched: 'exact' | 'whitespace'
  readonly line: number
}
