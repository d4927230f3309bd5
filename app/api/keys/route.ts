import { route } from '@/lib/edge/route'
import { createKey, createKeyInput } from '@/lib/services/keys/create'
import { listKeys, listKeysInput } from '@/lib/services/keys/list'
import { keyViewSchema, madeKeySchema } from '@/lib/services/keys/view'
import { pageOf } from '@/lib/services/views'

export const GET = route({
  access: 'read',
  summary:
    'Lists API keys, the newest first: one’s own, and for admins everybody’s. Never the keys themselves.',
  input: listKeysInput,
  output: pageOf(keyViewSchema),
  handler: ({ ctx, input }) => listKeys({ ctx, input }),
})

export const POST = route({
  access: 'admin',
  summary: 'Makes an API key in the caller’s name; the answer is the one time that it is shown.',
  input: createKeyInput,
  output: madeKeySchema,
  status: 201,
  secret: true,
  handler: ({ ctx, input }) => createKey({ ctx, input }),
})
