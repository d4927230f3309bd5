import { and, eq, isNull, sql } from 'drizzle-orm'
import { beads, runs, turns } from '@/drizzle/schema'
import type { ModelRequest } from '@/lib/agents/model'
import type { AnsweredTurn, Reservation, Turn } from '@/lib/agents/record'
import type { Opening } from '@/lib/core/opening'
import type { BeadRecord, RunRecord } from '@/lib/core/record'
import type { ToolResult } from '@/lib/core/turn'
import { AppError } from '@/lib/errors'
import { redact, redacted } from '@/lib/log'
import { appendAudit } from './audit'
import type { Tx } from './client'
import { appendEvents } from './events'
import { newId } from './ids'
import { settleReservation } from './ledger'

/** A turn as its conversation has it, without what the record alone knows of it. */
export function toTurn(row: typeof turns.$inferSelect): Turn {
  const {
    runId: _run,
    beadId: _bead,
    prompt: _prompt,
    promptVersion: _version,
    promptHash: _hash,
    model: _model,
    requestHash: _request,
    inheritedMicros: _inherited,
    ...turn
  } = row
  return turn
}

interface Answered {
  readonly run: RunRecord
  readonly bead: BeadRecord
  readonly turn: AnsweredTurn
  readonly reservation: Reservation
  readonly hashOf: HashOf | undefined
}

/** Tells two requests apart; see lib/models/request-hash.ts. */
export type HashOf = (request: ModelRequest) => string

/** The answer, its cost on turn, bead and run, and the settled reservation. */
export async function answered(tx: Tx, { run, bead, turn, reservation, hashOf }: Answered): Promise<Turn> {
  const { prompt, model, usage, costMicros } = turn
  const id = newId()
  const [row] = await tx
    .insert(turns)
    .values({
      id,
      runId: run.id,
      beadId: bead.id,
      seq: turn.seq,
      prompt: prompt.name,
      promptVersion: prompt.version,
      promptHash: prompt.hash,
      model,
      request: redact(turn.request),
      fresh: turn.fresh,
      opening: turn.opening === null ? null : keptOpening(turn.opening),
      requestHash: hashOf?.(turn.asked) ?? null,
      content: turn.content === null ? null : redact(turn.content),
      toolCalls: turn.toolCalls.map((call) => ({ ...call, arguments: redact(call.arguments) })),
      finish: turn.finish,
      usage,
      costMicros,
      startedAt: turn.startedAt,
      endedAt: turn.endedAt,
    })
    .onConflictDoNothing({ target: [turns.beadId, turns.seq] })
    .returning()
  if (!row) return keptBefore(tx, bead, turn)
  await settleReservation(tx, reservation.id, costMicros)
  const spent = { inputTokens: usage.inputTokens, outputTokens: usage.outputTokens }
  await tx
    .update(beads)
    .set({
      model,
      begun: 0,
      costMicros: sql`${beads.costMicros} + ${costMicros}`,
      inputTokens: sql`${beads.inputTokens} + ${spent.inputTokens}`,
      outputTokens: sql`${beads.outputTokens} + ${spent.outputTokens}`,
    })
    .where(eq(beads.id, bead.id))
  await tx
    .update(runs)
    .set({
      turns: sql`${runs.turns} + 1`,
      costMicros: sql`${runs.costMicros} + ${costMicros}`,
      inputTokens: sql`${runs.inputTokens} + ${spent.inputTokens}`,
      outputTokens: sql`${runs.outputTokens} + ${spent.outputTokens}`,
      updatedAt: sql`now()`,
    })
    .where(eq(runs.id, run.id))
  const data = {
    turn: turn.seq,
    agent: bead.step,
    model,
    costMicros,
    ...spent,
    tools: turn.toolCalls.map((call) => call.name),
  }
  await appendEvents(tx, [{ runId: run.id, beadId: bead.id, kind: 'turn', data }])
  return toTurn(row)
}

/** The turn, where it was kept and the answer to that was lost; nothing is counted twice. */
async function keptBefore(tx: Tx, bead: BeadRecord, { seq, startedAt }: AnsweredTurn): Promise<Turn> {
  const [row] = await tx
    .select()
    .from(turns)
    .where(and(eq(turns.beadId, bead.id), eq(turns.seq, seq)))
  if (row?.startedAt.getTime() !== startedAt.getTime()) {
    throw new AppError('internal', `Another answer stands at turn ${seq} of ${bead.step}.`)
  }
  return toTurn(row)
}

/** Redacted, and what that took from: a resume must not go on with less than the model was shown. */
function keptOpening(opening: Opening): Opening {
  const kept = redacted(opening)
  const lost = Object.keys(opening.values).filter((name) => kept.values[name] !== opening.values[name])
  return { ...kept, lost }
}

interface Completed {
  readonly run: RunRecord
  readonly bead: BeadRecord
  readonly turn: Turn
  readonly results: readonly ToolResult[]
  readonly headSha: string | null
}

const changing = ['edit_file', 'write_file', 'delete_file', 'run_command', 'finish']

/**
 * What the tools gave, and where they left the run's branch: any machine goes on from that commit. Calls that change or
 * run something are audited, one entry each (seed 004 section 11).
 */
export async function completed(tx: Tx, { run, bead, turn, results, headSha }: Completed): Promise<void> {
  const toolResults = results.map((result) => ({ ...result, content: redact(result.content) }))
  const kept = await tx
    .update(turns)
    .set({ toolResults, headSha })
    .where(and(eq(turns.id, turn.id), isNull(turns.toolResults)))
    .returning({ id: turns.id })
  // All of it was kept, and the answer to that was lost.
  if (kept.length === 0) return
  if (headSha !== null) await tx.update(runs).set({ headSha }).where(eq(runs.id, run.id))
  const actor = { kind: 'agent', id: bead.step, name: bead.step } as const
  for (const call of turn.toolCalls.filter((one) => changing.includes(one.name))) {
    const result = results.find((one) => one.toolCallId === call.id)
    const data = {
      file: pathOf(call.arguments),
      turn: turn.seq,
      tokens_used: turn.usage.inputTokens + turn.usage.outputTokens,
      duration_ms: result?.durationMs ?? 0,
      refused: result?.isError ?? false,
    }
    await appendAudit(tx, { runId: run.id, actor, action: `${bead.step}.${call.name}`, data })
  }
}

function pathOf(text: string): string | null {
  const found = /"(?:path|command)"\s*:\s*"((?:[^"\\]|\\.)*)"/.exec(text)?.[1]
  return found === undefined ? null : found.slice(0, 300)
}
