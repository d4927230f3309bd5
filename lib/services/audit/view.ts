import type { auditLog } from '@/drizzle/schema'
import type { ServiceContext } from '../context'
import type { AuditEntry } from '../views'
import { dataFor } from './private'

export type AuditLogRow = typeof auditLog.$inferSelect

/** An entry as the caller may see it; its hash is that of all that was written. */
export function toAuditEntry(ctx: ServiceContext, row: AuditLogRow): AuditEntry {
  return { ...row, at: row.at.toISOString(), data: dataFor(ctx, row) }
}
