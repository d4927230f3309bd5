import { streamRoute } from '@/lib/edge/route'
import { exportChart, exportChartInput } from '@/lib/services/analytics/chart'

export const GET = streamRoute({
  access: 'read',
  summary: 'The table behind a chart of analytics, as CSV or JSON.',
  input: exportChartInput,
  stream: 'application/json',
  handler: async ({ ctx, input }) => {
    const { text, mediaType, name } = await exportChart({ ctx, input })
    return new Response(text, {
      headers: {
        'content-type': `${mediaType}; charset=utf-8`,
        'content-disposition': `attachment; filename="${name}"`,
        'cache-control': 'no-store',
        'x-content-type-options': 'nosniff',
      },
    })
  },
})
