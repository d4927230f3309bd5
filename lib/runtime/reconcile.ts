import { hostname } from 'node:os'
import { appendAudit } from '@/lib/db/audit'
import type { Db } from '@/lib/db/client'
import { isGone } from '@/lib/db/process'
import {
  freeLeases,
  type Mended,
  type OpenEffect,
  openEffects,
  RECONCILER,
  reconcileRows,
} from '@/lib/db/reconcile'
import { log } from '@/lib/log'
import { sweepMirrors } from '@/lib/workspace/git/leftovers'
import { sweepTemporary } from '@/lib/workspace/sandbox/temporary'
import { reconcileRefs } from './reconcile-refs'
import { sweepCheckouts, sweepUnknown } from './sweep'

export interface ReconcileInput {
  readonly db: Db
  readonly home: string
  /** This process's own name in leases. */
  readonly owner: string
  /**
   * Nobody else can have a lease: at the start of the one process of an embedded database. Never once this process has
   * begun to claim.
   */
  readonly alone?: boolean
  /** This machine's clock, in milliseconds; ages of files are judged by it, nothing of the database is. */
  readonly now?: number
}

export interface Reconciled {
  readonly mended: readonly Mended[]
  /** Looked at by people: nothing is done about them. */
  readonly openEffects: readonly OpenEffect[]
  /** What could not be mended, and why; the next pass tries it again. */
  readonly problems: readonly string[]
}

/**
 * Brings rows, worktrees, branches and processes to agree, and audits what it did. Safe beside workers at work, on
 * any number of machines; each pass does at most a hundred of each kind.
 */
export async function reconcile(input: ReconcileInput): Promise<Reconciled> {
  const { db, home, owner, alone = false, now = Date.now() } = input
  const problems: string[] = []
  const onError = (what: string, error: unknown) => {
    problems.push(`${what}: ${error instanceof Error ? error.message : String(error)}`)
    log('warn', 'something could not be reconciled', { what, error: String(error) })
  }
  const tried = async (what: string, work: () => Promise<readonly Mended[]>): Promise<readonly Mended[]> => {
    try {
      return await work()
    } catch (error) {
      onError(what, error)
      return []
    }
  }
  const mended = [
    ...(await tried('leases', () => freeDeadLeases({ db, owner, alone }))),
    ...(await tried('rows', () => reconcileRows(db, onError))),
    ...(await tried('refs', () => reconcileRefs(db, home, onError))),
    ...(await tried('disk', () => reconcileDisk(db, home, now))),
  ]
  return { mended, openEffects: await openEffects(db), problems }
}

/** Frees the leases of processes of this machine that are gone; where this one is alone, every lease. */
export function freeDeadLeases({
  db,
  owner,
  alone = false,
}: Pick<ReconcileInput, 'db' | 'owner' | 'alone'>): Promise<Mended[]> {
  return freeLeases(db, (lease) => alone || (lease !== owner && isGone(lease)))
}

/** What this machine's disk has of runs and processes that are no more. One entry of the audit a kind. */
async function reconcileDisk(db: Db, home: string, now: number): Promise<Mended[]> {
  const removed = new Map<string, string[]>()
  const add = (what: string, names: readonly string[]) => {
    if (names.length > 0) removed.set(what, [...(removed.get(what) ?? []), ...names])
  }
  add('checkouts', await sweepCheckouts(db, home))
  add('unknown_checkouts', await sweepUnknown(db, home, now))
  for (const { what, path } of await sweepMirrors(home, now)) add(what, [path])
  add('temporary', sweepTemporary(now))
  const mended: Mended[] = []
  for (const [what, names] of removed) {
    const data = { host: hostname(), count: names.length, names: names.slice(0, 20) }
    await db.transaction((tx) =>
      appendAudit(tx, { runId: null, actor: RECONCILER, action: `reconcile.${what}_removed`, data }),
    )
    mended.push({ what: `${what}_removed`, runId: null, data })
  }
  return mended
}
