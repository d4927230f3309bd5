import type { ModelPrice } from '@/lib/core/cost'
import type { ToolCall, Usage } from '@/lib/core/turn'

export type { ModelPrice } from '@/lib/core/cost'

/** A tool as the model sees it. `parameters` is a JSON Schema object. */
export interface ToolSpec {
  readonly name: string
  readonly description: string
  readonly parameters: Readonly<Record<string, unknown>>
}

export type ModelMessage =
  | { readonly role: 'user'; readonly content: string }
  | { readonly role: 'assistant'; readonly content: string | null; readonly toolCalls: readonly ToolCall[] }
  | { readonly role: 'tool'; readonly toolCallId: string; readonly content: string }

export interface ModelRequest {
  readonly system: string
  readonly messages: readonly ModelMessage[]
  readonly tools: readonly ToolSpec[]
  /** `required`: the answer must call a tool. */
  readonly toolChoice: 'auto' | 'required'
  /** The most tokens the answer may have; the money ledger reserves this many. */
  readonly maxTokens: number
  readonly temperature: number
}

/** Why the model stopped. `refusal` covers content filters too. */
export type FinishReason = 'stop' | 'tool_calls' | 'length' | 'refusal'

export interface ModelResponse {
  readonly content: string | null
  /** `arguments` is the raw text the model sent: it may not be JSON. */
  readonly toolCalls: readonly ToolCall[]
  readonly finish: FinishReason
  readonly usage: Usage
  /** The model that answered, as the provider names it. */
  readonly model: string
  /** Tries before this answer that failed and may have been charged all the same; none when left out. */
  readonly lostTries?: number
}

/**
 * One chat model. Implementations in lib/models retry what is transient (honouring retry-after, 5 tries) and
 * throw AppError('model_error') with `transient` set for what still fails.
 */
export interface Model {
  /** `openai`, `together`, `anthropic`, `compatible`, `recorded`. */
  readonly provider: string
  /** As configured, `gpt-4.1`. */
  readonly name: string
  /** Dollars per million tokens, or null where no price is known (the ledger then counts tokens alone). */
  readonly price: ModelPrice | null
  complete(request: ModelRequest, signal: AbortSignal): Promise<ModelResponse>
}
