import { WEBHOOKS_DUTY } from '@/lib/core/webhook'
import { route } from '@/lib/edge/route'
import { redeliverWebhook, redeliverWebhookInput } from '@/lib/services/webhooks/redeliver'
import { webhookSchema } from '@/lib/services/webhooks/view'

export const POST = route({
  access: 'admin',
  summary: 'Has a webhook worked on again.',
  input: redeliverWebhookInput,
  output: webhookSchema,
  handler: async ({ ctx, input, runtime }) => {
    const webhook = await redeliverWebhook({ ctx, input })
    runtime.engine?.attend(WEBHOOKS_DUTY)
    return webhook
  },
})
