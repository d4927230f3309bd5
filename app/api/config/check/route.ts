import { route } from '@/lib/edge/route'
import { configReader } from '@/lib/runtime/config-reader'
import { checkConfig, checkConfigInput } from '@/lib/services/repositories/config-check'
import { configCheckSchema } from '@/lib/services/repositories/config-view'

export const POST = route({
  access: 'read',
  summary: 'What a text is worth as devpilot.yaml: every problem with its line, and what it comes to.',
  input: checkConfigInput,
  output: configCheckSchema,
  handler: ({ ctx, input }) => checkConfig({ ctx, input, reader: configReader }),
})
