import { z } from 'zod'

/** What `verifyAudit` found. Apart from it, so that a client can read an answer without loading a database. */
export const auditReportSchema = z.object({
  ok: z.boolean(),
  chains: z.int(),
  entries: z.int(),
  /** The first entry that does not fit, null when all do. */
  broken: z.object({ chain: z.string(), seq: z.int(), id: z.uuid(), what: z.string() }).nullable(),
})
export type AuditReport = z.infer<typeof auditReportSchema>
