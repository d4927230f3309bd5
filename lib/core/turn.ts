import { z } from 'zod'

/** A tool call as the model wrote it; `arguments` is its raw text and may be malformed. */
export const toolCallSchema = z.object({ id: z.string(), name: z.string(), arguments: z.string() })
export type ToolCall = z.infer<typeof toolCallSchema>

/** Token counts of one call. `estimated` is true where the provider sent none and we counted characters. */
export const usageSchema = z.object({
  inputTokens: z.int().min(0),
  outputTokens: z.int().min(0),
  /** Of `inputTokens`, how many came from the provider's prompt cache. */
  cachedInputTokens: z.int().min(0),
  estimated: z.boolean(),
})
export type Usage = z.infer<typeof usageSchema>

/** What a tool gave back: text for the model, and facts for the record. */
export const toolResultSchema = z.object({
  toolCallId: z.string(),
  content: z.string(),
  isError: z.boolean(),
  durationMs: z.int().min(0),
})
export type ToolResult = z.infer<typeof toolResultSchema>
