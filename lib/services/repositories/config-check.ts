import { z } from 'zod'
import { authorise } from '../authorise'
import type { ServiceContext } from '../context'
import { parseInput } from '../parse'
import type { ConfigCheck, ConfigReader } from './config-view'

export const checkConfigInput = z.strictObject({
  text: z.string().max(262_144),
  /** The text that it replaces, to be told what it changes; null: there is none yet. */
  base: z.string().max(1_000_000).nullable().optional(),
})

/** What a text is worth as devpilot.yaml, and what it changes. Nothing is stored. */
export async function checkConfig({
  ctx,
  input,
  reader,
}: {
  ctx: ServiceContext
  input: z.input<typeof checkConfigInput>
  reader: ConfigReader
}): Promise<ConfigCheck> {
  authorise(ctx, 'read')
  const { text, base } = parseInput(checkConfigInput, input)
  return reader.check(text, base)
}
