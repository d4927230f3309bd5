import { z } from 'zod'
import { route } from '@/lib/edge/route'
import { readLog, readLogInput } from '@/lib/services/runs/log/read'
import { logPageSchema } from '@/lib/services/views/log'

export const GET = route({
  access: 'read',
  summary: 'Lines of a run’s log from a line on, those that pass the filters; the last ones without `from`.',
  input: readLogInput.omit({ run: true }).extend({ id: z.uuid() }),
  output: logPageSchema,
  handler: ({ ctx, input: { id, ...rest } }) => readLog({ ctx, input: { ...rest, run: id } }),
})
