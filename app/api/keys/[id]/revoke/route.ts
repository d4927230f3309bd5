import { z } from 'zod'
import { route } from '@/lib/edge/route'
import { revokeKey } from '@/lib/services/keys/revoke'
import { keyViewSchema } from '@/lib/services/keys/view'

export const POST = route({
  access: 'admin',
  summary: 'Revokes an API key, by its id or prefix.',
  input: z.strictObject({ id: z.string().trim().min(1).max(100) }),
  output: keyViewSchema,
  handler: ({ ctx, input: { id } }) => revokeKey({ ctx, input: { key: id } }),
})
