import { z } from 'zod'
import { runStatusNames } from '@/lib/core/status'
import { deliveryStatusNames, webhookSourceNames } from '@/lib/core/webhook'

const time = z.iso.datetime()

export const webhookSchema = z.object({
  id: z.uuid(),
  source: z.enum(webhookSourceNames),
  /** The sender's own number of it. */
  delivery: z.string(),
  event: z.string(),
  action: z.string().nullable(),
  /** As the payload names it. */
  repositoryName: z.string().nullable(),
  /** The one here. */
  repository: z.object({ id: z.uuid(), name: z.string() }).nullable(),
  status: z.enum(deliveryStatusNames),
  /** What came of it, or why nothing did. */
  note: z.string().nullable(),
  run: z.object({ id: z.uuid(), title: z.string(), status: z.enum(runStatusNames) }).nullable(),
  attempts: z.int(),
  /** When it is worked on again; null: it is settled. */
  dueAt: time.nullable(),
  receivedAt: time,
  handledAt: time.nullable(),
})
export type Webhook = z.infer<typeof webhookSchema>

export const webhookDetailSchema = webhookSchema.extend({
  /** null: it was cleared away, a month after it came. */
  payload: z.unknown().nullable(),
})
export type WebhookDetail = z.infer<typeof webhookDetailSchema>
