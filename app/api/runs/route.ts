import { route } from '@/lib/edge/route'
import { getRuntime } from '@/lib/runtime'
import { startCheck, worksAlone } from '@/lib/runtime/start-check'
import { listRuns } from '@/lib/services/runs/list'
import { listRunsInput } from '@/lib/services/runs/list-input'
import { startRun } from '@/lib/services/runs/start'
import { startRunInput } from '@/lib/services/runs/start-input'
import { runPageSchema, runSummarySchema } from '@/lib/services/views'

export const GET = route({
  access: 'read',
  summary: 'Lists runs, the newest first.',
  input: listRunsInput,
  output: runPageSchema,
  handler: ({ ctx, input }) => listRuns({ ctx, input }),
})

export const POST = route({
  access: 'trigger',
  summary: 'Starts a run.',
  input: startRunInput,
  output: runSummarySchema,
  status: 201,
  makes: true,
  handler: async ({ ctx, input, made }) => {
    const runtime = await getRuntime()
    const here = runtime.engine !== undefined && worksAlone(runtime)
    return startRun({ ctx, input, check: startCheck(here), id: made })
  },
})
