import type { RepositoryRow } from './add'

/** The tip of a repository's base branch. */
export interface BaseFiles {
  readonly branch: string
  readonly sha: string
  /** A text file of it; null when there is none. */
  read(path: string): Promise<string | null>
  /** The paths of its plain files. */
  list(): Promise<readonly string[]>
}

/** Reads a repository's base branch as its source has it now. @throws AppError with the mend when it cannot be read */
export type OpenBase = (
  repository: Pick<RepositoryRow, 'id' | 'name' | 'forge' | 'source' | 'defaultBranch'>,
  signal?: AbortSignal,
) => Promise<BaseFiles>
