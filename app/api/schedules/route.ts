import { route } from '@/lib/edge/route'
import { listSchedules, listSchedulesInput } from '@/lib/services/schedules/list'
import { scheduleViewSchema } from '@/lib/services/schedules/view'
import { pageOf } from '@/lib/services/views'

export const GET = route({
  access: 'read',
  summary: 'Lists the schedules of repositories, the newest first.',
  input: listSchedulesInput,
  output: pageOf(scheduleViewSchema),
  handler: ({ ctx, input }) => listSchedules({ ctx, input }),
})
