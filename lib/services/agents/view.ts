import { z } from 'zod'
import { agentNames } from '@/lib/core/flow'

/** An agent as it would work now: its prompt, tools, limits and model. */
export const agentSheetSchema = z.object({
  agent: z.enum(agentNames),
  about: z.string(),
  enabled: z.boolean(),
  prompt: z.object({
    version: z.string(),
    hash: z.string(),
    /** Where it lies: `prompts/coder.md`, or the repository's own `.devpilot/prompts/coder.md`. */
    path: z.string(),
    own: z.boolean(),
    sections: z.array(z.object({ title: z.string(), text: z.string() })),
    placeholders: z.array(z.string()),
    /** Why the repository's own cannot be used; then this is ours. */
    problem: z.string().nullable(),
  }),
  tools: z.array(z.object({ name: z.string(), about: z.string() })),
  /** JSON Schema of what it hands in. */
  output: z.string(),
  limits: z.object({ turns: z.number(), minutes: z.number(), tokens: z.number() }),
  model: z.object({
    provider: z.string().nullable(),
    name: z.string().nullable(),
    fallback: z.string().nullable(),
    /** Dollars per million tokens, in and out; null: not known. */
    price: z.object({ input: z.number(), output: z.number() }).nullable(),
    /** Why it cannot be asked. */
    problem: z.string().nullable(),
  }),
})
export type AgentSheet = z.infer<typeof agentSheetSchema>

/** Reads prompts, tools and models of this installation; null: without a repository of their own. */
export type ReadAgents = (
  base: { read(path: string): Promise<string | null> } | null,
) => Promise<AgentSheet[]>
