import { secretLines } from '@/lib/core/secret-lines'
import { type CommitRange, makeBundle } from '@/lib/workspace/git/bundle'
import { commitDiffs, headSha } from '@/lib/workspace/git/changes'
import { type KeptAt, pushKept } from '@/lib/workspace/git/kept-refs'
import { headRef, lastTurn, type Worktree } from '@/lib/workspace/git/worktree'

/** A step of a run's branch that is kept outside of any machine's mirror. */
export interface KeptCommit extends CommitRange {
  /** The run that made it: this one, or one that it was forked from. */
  readonly runId: string
  /** Number of the run's ref. */
  readonly turn: number
  readonly where: 'database' | 'forge'
}

/** The record of what is kept; every write carries the worker's lease. Owned here, implemented in lib/db. */
export interface CommitRecord {
  /** Oldest first, those of the runs that this one was forked from before its own. */
  list(): Promise<readonly KeptCommit[]>
  bytes(commit: KeptCommit): Promise<Uint8Array>
  /** `bytes` null: kept as refs of the repository. What stands at this turn or after it came of a lost worker, and goes. */
  keep(commit: CommitRange & { readonly turn: number; readonly bytes: Uint8Array | null }): Promise<void>
  /** The run's last recorded commit as it is now, null before there is one. */
  done(): Promise<string | null>
  /** Asked right before refs move at the repository, or anything in the checkout. @throws AppError('lease_lost') */
  beforeWrite(): Promise<void>
  /** What was mended on this machine, for the audit. */
  told(action: string, data: Readonly<Record<string, unknown>>): Promise<void>
}

export interface Keeping {
  readonly worktree: Worktree
  /** Kept so far. */
  readonly at: string
  readonly mode: 'database' | 'forge'
  readonly place: Omit<KeptAt, 'mirror'>
  readonly record: CommitRecord
  readonly log: (line: string) => void
}

/**
 * Keeps every commit of a run, so that any machine can rebuild its branch. Once one seems to carry a secret, it and all
 * that come after it stay in the database: a push would take it along, and nothing that looks like a key leaves before
 * people have seen it.
 * @returns to be called after whatever may have committed; nothing happens when the branch has not moved
 */
export function commitKeeper({ worktree, at, mode, place, record, log }: Keeping): () => Promise<void> {
  const { mirror, runId, baseSha } = worktree
  let kept = at
  let looked = baseSha
  let secret = false
  return async () => {
    const head = await headSha(worktree)
    if (head === kept) return
    const range = { fromSha: kept, toSha: head }
    const turn = await lastTurn(mirror, runId)
    if (mode === 'forge' && !secret) {
      secret = secretLines(await commitDiffs(worktree, looked, head)).length > 0
      looked = head
      if (secret)
        log('A commit seems to carry secrets: it and those after it are kept in the database alone.')
    }
    if (mode === 'forge' && !secret) {
      const run = { id: runId, turn, baseSha, headSha: head, doneSha: await record.done() }
      await pushKept({ ...place, mirror }, run, record.beforeWrite)
      await record.keep({ ...range, turn, bytes: null })
    } else {
      await record.keep({ ...range, turn, bytes: await makeBundle(mirror, headRef(runId), range) })
    }
    kept = head
  }
}
