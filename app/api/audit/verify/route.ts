import { route } from '@/lib/edge/route'
import { auditReportSchema, verifyAudit, verifyAuditInput } from '@/lib/services/audit/verify'

export const GET = route({
  access: 'read',
  summary: 'Computes the hash chains of the audit log anew and names the first entry that does not fit.',
  input: verifyAuditInput,
  output: auditReportSchema,
  handler: ({ ctx, input }) => verifyAudit({ ctx, input }),
})
