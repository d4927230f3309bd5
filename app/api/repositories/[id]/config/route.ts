import { z } from 'zod'
import { route } from '@/lib/edge/route'
import { baseOpener } from '@/lib/runtime/base'
import { configReader } from '@/lib/runtime/config-reader'
import { getConfig } from '@/lib/services/repositories/config-get'
import { proposeConfig, proposeConfigInput } from '@/lib/services/repositories/config-propose'
import { baseConfigSchema } from '@/lib/services/repositories/config-view'
import { runSummarySchema } from '@/lib/services/views'

export const GET = route({
  access: 'read',
  summary: 'The devpilot.yaml of the base branch, or what one could begin with.',
  input: z.strictObject({ id: z.uuid() }),
  output: baseConfigSchema,
  handler: ({ ctx, input: { id } }) =>
    getConfig({ ctx, input: { repository: id }, open: baseOpener(ctx.home), reader: configReader }),
})

export const POST = route({
  access: 'trigger',
  summary: 'Proposes a devpilot.yaml: a run takes it through pull request, gate and merge.',
  input: proposeConfigInput.omit({ repository: true }).extend({ id: z.uuid() }),
  output: runSummarySchema,
  status: 201,
  makes: true,
  handler: ({ ctx, input: { id, ...rest }, made }) =>
    proposeConfig({
      ctx,
      input: { ...rest, repository: id },
      open: baseOpener(ctx.home),
      reader: configReader,
      id: made,
    }),
})
