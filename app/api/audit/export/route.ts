import { streamRoute } from '@/lib/edge/route'
import { textResponse } from '@/lib/edge/text'
import { exportAudit, exportAuditInput } from '@/lib/services/audit/export'

export const GET = streamRoute({
  access: 'read',
  summary: 'The audit log as JSON lines, the oldest first.',
  input: exportAuditInput,
  stream: 'application/jsonl',
  handler: async ({ ctx, input }) => textResponse(exportAudit({ ctx, input }), 'application/jsonl'),
})
