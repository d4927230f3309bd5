import { parseUnifiedDiff } from '@/lib/core/diff-lines'
import { secretsIn } from '@/lib/core/secrets'
import { type CommitRange, makeBundle } from '@/lib/workspace/git/bundle'
import { diffBetween, headSha } from '@/lib/workspace/git/changes'
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
  /** @throws AppError('lease_lost') */
  assertHeld(): Promise<void>
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
 * Keeps every commit of a run, so that any machine can rebuild its branch.
 * @returns to be called after whatever may have committed; nothing happens when the branch has not moved
 */
export function commitKeeper({ worktree, at, mode, place, record, log }: Keeping): () => Promise<void> {
  const { mirror, runId, baseSha } = worktree
  let kept = at
  return async () => {
    const head = await headSha(worktree)
    if (head === kept) return
    const range = { fromSha: kept, toSha: head }
    const turn = await lastTurn(mirror, runId)
    if (mode === 'forge' && !(await hasSecrets(worktree, range))) {
      await record.assertHeld()
      await pushKept({ ...place, mirror }, { id: runId, turn, baseSha, headSha: head })
      await record.keep({ ...range, turn, bytes: null })
    } else {
      if (mode === 'forge') log('The commit seems to carry secrets: it is kept in the database alone.')
      await record.keep({ ...range, turn, bytes: await makeBundle(mirror, headRef(runId), range) })
    }
    kept = head
  }
}

/** Nothing that looks like a key leaves before people have seen it. */
async function hasSecrets(worktree: Worktree, { fromSha, toSha }: CommitRange): Promise<boolean> {
  const files = parseUnifiedDiff(await diffBetween(worktree, fromSha, toSha))
  return files.some(({ hunks }) =>
    hunks.some(({ added }) => added.some(({ text }) => secretsIn(text).length > 0)),
  )
}
