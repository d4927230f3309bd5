import { streamRoute } from '@/lib/edge/route'
import { textResponse } from '@/lib/edge/text'
import { exportRuns } from '@/lib/services/runs/export'
import { exportRunsInput } from '@/lib/services/runs/export-input'

const types = { csv: 'text/csv', jsonl: 'application/jsonl' } as const

export const GET = streamRoute({
  access: 'read',
  summary: 'The runs that the filters hold for, the newest first, as CSV or JSON lines.',
  input: exportRunsInput,
  stream: 'text/csv',
  handler: async ({ ctx, input }) => {
    const response = textResponse(exportRuns({ ctx, input }), types[input.format])
    response.headers.set('content-disposition', `attachment; filename="devpilot-runs.${input.format}"`)
    response.headers.set('x-content-type-options', 'nosniff')
    return response
  },
})
