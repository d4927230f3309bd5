import { sql } from 'drizzle-orm'
import { storableJson } from '@/drizzle/schema/columns'
import type { Actor } from '@/lib/core/trigger'
import { cleanDocument } from './clean'
import { sha256, type Tx } from './client'
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

/** Who does what no person did. */
export const ENGINE = { kind: 'system', id: 'engine', name: 'DevPilot' } as const

export const GENESIS = '0'.repeat(64)

/**
 * Adds an entry to its chain, in the caller's transaction: what it records and the entry are there together or
 * not at all. Writers of one chain wait for each other; writers of different chains do not.
 */
export async function appendAudit(tx: Tx, { runId, ...entry }: AuditInput): Promise<void> {
  const entries = storableJson([auditDocument(runId, entry)])
  await tx.execute(
    sql`select devpilot_append_audit(${runId ?? 'installation'}, ${runId}::uuid, ${entries}::jsonb)`,
  )
}

/**
 * An entry as the functions of drizzle/migrations take it: they know its number, its time and the hash before it, and
 * keep what this text says.
 */
export function auditDocument(
  runId: string | null,
  entry: Omit<AuditInput, 'runId'>,
): Record<string, unknown> {
  const { actor, action, data } = cleanDocument(entry)
  return { id: newId(), said: [runId, actor, action, data].map(canonical).join() }
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
