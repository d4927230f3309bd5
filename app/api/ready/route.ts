import { route } from '@/lib/edge/route'
import { readiness, readinessSchema } from '@/lib/services/stats/readiness'

export const GET = route({
  access: 'read',
  summary: 'Whether the database answers, what drives runs here, and in which sandbox commands run.',
  output: readinessSchema,
  handler: ({ ctx, runtime }) =>
    readiness({ ctx, input: { driver: runtime.database.driver, engine: runtime.engine ?? null } }),
})
