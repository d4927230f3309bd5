import { route } from '@/lib/edge/route'
import { listAudit, listAuditInput } from '@/lib/services/audit/list'
import { auditEntrySchema, pageOf } from '@/lib/services/views'

export const GET = route({
  access: 'read',
  summary: 'Lists audit entries, the newest first.',
  input: listAuditInput,
  output: pageOf(auditEntrySchema),
  handler: ({ ctx, input }) => listAudit({ ctx, input }),
})
