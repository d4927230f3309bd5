import type { Opening } from '@/lib/core/opening'
import type { ToolCall, ToolResult, Usage } from '@/lib/core/turn'
import type { ModelRequest } from './model'

/** One model call with what its tools gave back, as it is kept. */
export interface Turn {
  readonly id: string
  readonly seq: number
  /** What the model was told beyond the turns before; empty when that was only tool results. */
  readonly request: string
  /** The conversation began anew with this turn. */
  readonly fresh: boolean
  readonly content: string | null
  readonly toolCalls: readonly ToolCall[]
  /** null: the model has answered, its tools have not run yet. */
  readonly toolResults: readonly ToolResult[] | null
  readonly finish: string
  /** What its conversation begins with, as the record has it; null where it is that of the turn before. */
  readonly opening: Opening | null
  readonly usage: Usage
  readonly costMicros: number
  /** Commit of the run's branch after the turn's tools. */
  readonly headSha: string | null
  readonly startedAt: Date
  /** When the model had answered; how long the tools took is in their results. */
  readonly endedAt: Date
}

export interface AnsweredTurn extends Omit<Turn, 'id' | 'toolResults' | 'headSha'> {
  readonly prompt: { readonly name: string; readonly version: string; readonly hash: string }
  readonly model: string
  /** The whole of what the model was asked. */
  readonly asked: ModelRequest
}

/** Money held back for a call that is about to be made. */
export interface Reservation {
  readonly id: string
  readonly micros: number
}

/**
 * Where an agent's turns and money are kept; owned here, implemented in lib/db. Every write carries the lease of
 * the worker that makes it and throws AppError('lease_lost') when that is gone; one that may work later is `transient`.
 */
export interface AgentRecord {
  turns(): Promise<Turn[]>
  /** Reserves on every account of the run, or says which has no room. */
  reserve(micros: number): Promise<{ ok: true; reservation: Reservation } | { ok: false; reason: string }>
  /** Saves the answer and settles its reservation, in one transaction; again, it finds what was saved. */
  answered(turn: AnsweredTurn, reservation: Reservation): Promise<Turn>
  /** Saves what the tools gave, and the commit they left; again, it changes nothing. */
  completed(turn: Turn, results: readonly ToolResult[], headSha: string | null): Promise<void>
  /** Gives a reservation back: the call was refused before any work, and nothing was charged. */
  release(reservation: Reservation): Promise<void>
  /** Counts a reservation as spent: the call failed, or was cut off, and may have been charged. */
  charged(reservation: Reservation): Promise<void>
  /** A line for the live log. */
  event(kind: 'tool' | 'log' | 'turn', data: Readonly<Record<string, unknown>>): Promise<void>
}
