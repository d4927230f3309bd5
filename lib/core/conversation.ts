import type { ToolCall, ToolResult } from './turn'

/** What of a turn decides whether its conversation can go on. */
export interface SaidTurn {
  readonly finish: string
  readonly toolCalls: readonly ToolCall[]
  readonly toolResults: readonly ToolResult[] | null
}

/** Begins every result of a call that could not be run at all. */
export const MALFORMED = 'Malformed: '
export const MAX_MALFORMED = 3

/** Answers in a row, the last included, of which nothing could be run. */
export function malformedInARow(turns: readonly SaidTurn[]): number {
  const usable = turns.findLastIndex((turn) =>
    turn.toolResults?.some((result) => !result.content.startsWith(MALFORMED)),
  )
  return turns.length - 1 - usable
}

/**
 * Whether a step that an error ended can go on with what its model has said: nothing of it is paid for again. A
 * refusal, or answers that cannot be used, would end it at once the same way.
 * @param turns of the step, oldest first
 * @param code of the error that ended it
 */
export function canGoOn(turns: readonly SaidTurn[], code: string): boolean {
  const last = turns.at(-1)
  if (!last || last.finish === 'refusal' || code === 'illegal_transition') return false
  return last.toolResults === null || malformedInARow(turns) < MAX_MALFORMED
}
