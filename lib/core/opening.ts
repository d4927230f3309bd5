import { z } from 'zod'

/**
 * What every request of a conversation begins with, as it was sent: kept with its first turn, so that `replay` can
 * tell a prompt that has changed since, and say what the same facts would make of it.
 */
export const openingSchema = z.object({
  system: z.string(),
  /** The prompt's `# Task` section, and what its placeholders were filled with. */
  template: z.string(),
  values: z.record(z.string(), z.string()),
  tools: z.array(
    z.object({ name: z.string(), description: z.string(), parameters: z.record(z.string(), z.unknown()) }),
  ),
  maxTokens: z.int(),
  temperature: z.number(),
  /** Names of values that the record keeps redacted. */
  lost: z.array(z.string()).optional(),
})
export type Opening = z.infer<typeof openingSchema>
