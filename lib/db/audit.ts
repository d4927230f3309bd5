import { desc, eq, sql } from 'drizzle-orm'
import { auditLog } from '@/drizzle/schema'
import type { Actor } from '@/lib/core/trigger'
import { cleanDocument } from './clean'
import { firstRow, sha256, type Tx } from './client'
import { newId } from './ids'

export interface AuditInput {
  /** Entries of a run stand in the run's own chain, all others in the installation's. */
  readonly runId: string | null
  readonly actor: Actor
  /** `run.started`, `gate.approved`, `coder.edit_file`. */
  readonly action: string
  readonly data: Readonly<Record<string, unknown>>
}

export interface AuditRow extends AuditInput {
  readonly chain: string
  readonly seq: number
  readonly at: Date
  readonly prevHash: string
}

export const GENESIS = '0'.repeat(64)

/**
 * Adds an entry to its chain, in the caller's transaction: what it records and the entry are there together or
 * not at all. Writers of one chain wait for each other; writers of different chains do not.
 */
export async function appendAudit(tx: Tx, input: AuditInput): Promise<void> {
  const chain = input.runId ?? 'installation'
  // The database's clock, read when the chain is ours: entries of machines whose clocks differ stand in their order.
  const told = firstRow(
    await tx.execute(sql`
      select (extract(epoch from clock_timestamp()) * 1000)::bigint::text as ms
      from pg_advisory_xact_lock(hashtextextended(${`audit:${chain}`}, 0))`),
  )
  const [last] = await tx
    .select({ seq: auditLog.seq, hash: auditLog.hash })
    .from(auditLog)
    .where(eq(auditLog.chain, chain))
    .orderBy(desc(auditLog.seq))
    .limit(1)
  const row = {
    ...cleanDocument(input),
    chain,
    seq: (last?.seq ?? 0) + 1,
    at: new Date(Number(told?.ms)),
    prevHash: last?.hash ?? GENESIS,
  }
  await tx.insert(auditLog).values({ ...row, id: newId(), data: { ...row.data }, hash: auditHash(row) })
}

/** SHA-256 over the entry before it and every field of this one, keys sorted. */
export function auditHash(row: AuditRow): string {
  const { prevHash, chain, seq, at, runId, actor, action, data } = row
  return sha256(canonical([prevHash, chain, seq, at.toISOString(), runId, actor, action, data]))
}

/** JSON with the keys of every object sorted, so that jsonb's own order does not matter. */
export function canonical(value: unknown): string {
  return JSON.stringify(value, (_key, item: unknown) => {
    if (typeof item !== 'object' || item === null || Array.isArray(item)) return item
    return Object.fromEntries(Object.entries(item).sort(([a], [b]) => (a < b ? -1 : 1)))
  })
}
