import { route } from '@/lib/edge/route'
import { pageOf } from '@/lib/services/views'
import { listWebhooks, listWebhooksInput } from '@/lib/services/webhooks/list'
import { webhookSchema } from '@/lib/services/webhooks/view'

export const GET = route({
  access: 'admin',
  summary: 'What other programs told by webhook, the newest first.',
  input: listWebhooksInput,
  output: pageOf(webhookSchema),
  handler: ({ ctx, input }) => listWebhooks({ ctx, input }),
})
