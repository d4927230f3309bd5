import type { z } from 'zod'
import type { Opening } from '@/lib/core/opening'
import type { Model } from './model'
import type { Prompt, Prompts } from './prompt'
import type { AgentRecord, Turn } from './record'
import type { Tool } from './tool'

export interface AgentLimits {
  readonly turns: number
  readonly wallMs: number
  /** Input and output tokens of all turns. */
  readonly tokens: number
  /** The most that one answer may have. */
  readonly maxTokens: number
  readonly temperature: number
}

export interface AgentSpec<T> {
  readonly prompt: Prompt
  /**
   * The first message: what fills the prompt's `# Task` section, or the whole text. A conversation that is gone on with
   * keeps what it was begun with, whatever stands here then.
   */
  readonly task: Readonly<Record<string, string>> | string
  readonly tools: readonly Tool[]
  readonly output: z.ZodType<T>
  /** Deterministic checks of what was handed in: null accepts, a text is told to the model and it goes on. */
  readonly accept: (value: T) => Promise<string | null>
  readonly limits: AgentLimits
}

export interface AgentPorts {
  readonly model: Model
  readonly record: AgentRecord
  readonly prompts: Prompts
  /** Commits what the turn changed; the commit, or null when nothing changed. */
  readonly commit: (turn: number) => Promise<string | null>
  readonly now: () => number
  /** Stops the agent at its next turn's border. */
  readonly signal: AbortSignal
  /** Cuts a model call off: the run is no longer this worker's, or it has waited long enough to stop. */
  readonly hangUp: AbortSignal
}

export type AgentEnd<T> =
  | { readonly kind: 'finished'; readonly value: T }
  | { readonly kind: 'stuck'; readonly reason: string }
  | { readonly kind: 'limit'; readonly reason: string }
  | { readonly kind: 'budget'; readonly reason: string }

/** One agent at work: what it was given, and the turns so far. */
export interface Talk<T> {
  readonly spec: AgentSpec<T>
  readonly ports: AgentPorts
  readonly loop: Prompt
  readonly opening: Opening
  /** Turns that were there when this worker took the conversation up. */
  readonly kept: number
  readonly turns: Turn[]
}
