import { eq, sql } from 'drizzle-orm'
import { z } from 'zod'
import { turns } from '@/drizzle/schema'
import { authorise } from '../authorise'
import type { ServiceContext } from '../context'
import { parseInput } from '../parse'

export const listConversationsInput = z.strictObject({ run: z.uuid() })

/** What an agent's bead asked with and called, without the words. */
export interface Conversation {
  readonly bead: string
  /** The prompts that it asked with, each once, `hash` by its whole text. */
  readonly prompts: readonly { readonly name: string; readonly version: string; readonly hash: string }[]
  /** How often each tool was called, by its name, in the order of names. */
  readonly calls: readonly { readonly tool: string; readonly count: number }[]
}

/** The conversations of a run, one for each bead that has turns. */
export async function listConversations({
  ctx,
  input,
}: {
  ctx: ServiceContext
  input: z.input<typeof listConversationsInput>
}): Promise<Conversation[]> {
  authorise(ctx, 'read')
  const { run } = parseInput(listConversationsInput, input)
  const [asked, called] = await Promise.all([
    ctx.db
      .selectDistinct({
        bead: turns.beadId,
        name: turns.prompt,
        version: turns.promptVersion,
        hash: turns.promptHash,
      })
      .from(turns)
      .where(eq(turns.runId, run)),
    ctx.db
      .select({
        bead: turns.beadId,
        // The names alone: arguments hold whole files.
        tool: sql<string | null>`jsonb_array_elements(${turns.toolCalls}) ->> 'name'`,
      })
      .from(turns)
      .where(eq(turns.runId, run)),
  ])
  return [...new Set(asked.map(({ bead }) => bead))].map((bead) => ({
    bead,
    prompts: asked
      .filter((row) => row.bead === bead)
      .map(({ name, version, hash }) => ({ name, version, hash }))
      .sort((a, b) => compareText(a.hash, b.hash)),
    calls: countCalls(called.filter((row) => row.bead === bead).map((row) => row.tool ?? '')),
  }))
}

function countCalls(tools: readonly string[]): Conversation['calls'] {
  const counts = new Map<string, number>()
  for (const tool of tools) counts.set(tool, (counts.get(tool) ?? 0) + 1)
  return [...counts].map(([tool, count]) => ({ tool, count })).sort((a, b) => compareText(a.tool, b.tool))
}

const compareText = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)
