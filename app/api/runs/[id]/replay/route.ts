import { z } from 'zod'
import { replayReportSchema } from '@/lib/core/replay-report'
import { route } from '@/lib/edge/route'
import { replayer } from '@/lib/runtime/replay'
import { replayRun, replayRunInput } from '@/lib/services/runs/replay'

export const POST = route({
  access: 'read',
  summary:
    'Drives a run again from its record, without a key, and says where it parts from it. Writes nothing.',
  input: replayRunInput.omit({ run: true }).extend({ id: z.uuid() }),
  output: replayReportSchema,
  handler: ({ ctx, input: { id, ...rest } }) =>
    replayRun({ ctx, input: { ...rest, run: id }, replayer: replayer(ctx.home) }),
})
