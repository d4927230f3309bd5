import type { auditLog } from '@/drizzle/schema'
import type { AuditEntry } from '../views'

export type AuditLogRow = typeof auditLog.$inferSelect

export function toAuditEntry(row: AuditLogRow): AuditEntry {
  return { ...row, at: row.at.toISOString() }
}
