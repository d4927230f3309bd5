import { z } from 'zod'
import { route } from '@/lib/edge/route'
import { logPlaces, logPlacesInput } from '@/lib/services/runs/log/places'
import { logPlacesSchema } from '@/lib/services/views/log'

export const GET = route({
  access: 'read',
  summary: 'Where in a run’s log the lines are that pass the filters, as ranges of line numbers.',
  input: logPlacesInput.omit({ run: true }).extend({ id: z.uuid() }),
  output: logPlacesSchema,
  handler: ({ ctx, input: { id, ...rest } }) => logPlaces({ ctx, input: { ...rest, run: id } }),
})
