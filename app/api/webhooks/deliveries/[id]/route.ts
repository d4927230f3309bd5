import { route } from '@/lib/edge/route'
import { getWebhook, getWebhookInput } from '@/lib/services/webhooks/get'
import { webhookDetailSchema } from '@/lib/services/webhooks/view'

export const GET = route({
  access: 'admin',
  summary: 'One webhook with its payload.',
  input: getWebhookInput,
  output: webhookDetailSchema,
  handler: ({ ctx, input }) => getWebhook({ ctx, input }),
})
