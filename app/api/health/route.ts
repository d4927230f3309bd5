import { z } from 'zod'
import { publicRoute } from '@/lib/edge/route'

export const GET = publicRoute({
  summary: 'Whether the server answers.',
  output: z.object({ status: z.literal('ok') }),
  handler: async () => ({ status: 'ok' as const }),
})
