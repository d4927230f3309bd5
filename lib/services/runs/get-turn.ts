import { and, desc, eq, isNotNull, lte } from 'drizzle-orm'
import { z } from 'zod'
import { turns } from '@/drizzle/schema'
import type { Opening } from '@/lib/core/opening'
import { AppError } from '@/lib/errors'
import { authorise } from '../authorise'
import type { ServiceContext } from '../context'
import { parseInput } from '../parse'
import type { CutText, TurnDetail } from '../views/turns'

export const getTurnInput = z.strictObject({
  run: z.uuid(),
  bead: z.uuid(),
  turn: z.coerce.number().int().min(1).max(1_000_000_000),
  /** The most characters of each text; all of it is in `GET /api/runs/:id/beads/:bead/turns`. */
  chars: z.coerce.number().int().min(1).max(1_000_000).default(30_000),
})

/**
 * One turn, with what the model was asked: what every request of its conversation begins with, and how many turns it
 * was shown before this one's own words. Long texts are cut and say how long they are.
 * @throws AppError('not_found')
 */
export async function getTurn({
  ctx,
  input,
}: {
  ctx: ServiceContext
  input: z.input<typeof getTurnInput>
}): Promise<TurnDetail> {
  authorise(ctx, 'read')
  const { run, bead, turn: seq, chars } = parseInput(getTurnInput, input)
  const ofBead = and(eq(turns.beadId, bead), eq(turns.runId, run))
  const [[turn], [begun], [opened]] = await Promise.all([
    ctx.db
      .select()
      .from(turns)
      .where(and(ofBead, eq(turns.seq, seq))),
    ctx.db
      .select({ seq: turns.seq })
      .from(turns)
      .where(and(ofBead, lte(turns.seq, seq), eq(turns.fresh, true)))
      .orderBy(desc(turns.seq))
      .limit(1),
    ctx.db
      .select({ opening: turns.opening })
      .from(turns)
      .where(and(ofBead, lte(turns.seq, seq), isNotNull(turns.opening)))
      .orderBy(desc(turns.seq))
      .limit(1),
  ])
  if (!turn) throw new AppError('not_found', `The bead ${bead} has no turn ${seq}.`)
  const cut = (text: string): CutText => ({ text: text.slice(0, chars), length: text.length })
  const results = new Map((turn.toolResults ?? []).map((result) => [result.toolCallId, result]))
  return {
    id: turn.id,
    seq,
    prompt: turn.prompt,
    promptVersion: turn.promptVersion,
    promptHash: turn.promptHash,
    model: turn.model,
    finish: turn.finish,
    usage: turn.usage,
    costMicros: turn.costMicros,
    inheritedMicros: turn.inheritedMicros,
    headSha: turn.headSha,
    startedAt: turn.startedAt.toISOString(),
    endedAt: turn.endedAt.toISOString(),
    opening: opened?.opening ? openingView(opened.opening, cut) : null,
    shownBefore: begun ? seq - begun.seq : seq - 1,
    request: cut(turn.request),
    content: turn.content === null ? null : cut(turn.content),
    calls: turn.toolCalls.map((call) => {
      const result = results.get(call.id)
      return {
        id: call.id,
        name: call.name,
        arguments: cut(call.arguments),
        result: result
          ? { content: cut(result.content), isError: result.isError, durationMs: result.durationMs }
          : null,
      }
    }),
  }
}

function openingView(opening: Opening, cut: (text: string) => CutText): NonNullable<TurnDetail['opening']> {
  const { system, template, values, tools, maxTokens, temperature } = opening
  const task = template.replace(/\{\{\s*(\w+)\s*\}\}/g, (whole, name: string) => values[name] ?? whole)
  return {
    system: cut(system),
    task: cut(task),
    tools: tools.map(({ name, description }) => ({ name, description })),
    maxTokens,
    temperature,
  }
}
