import { countTokens as count } from 'gpt-tokenizer'
import type { ModelRequest } from '@/lib/agents/model'
import type { Usage } from '@/lib/core/turn'

/** Tokens by characters / 4, rounded up: within 1% in sum over code, and free. Rank and budget with it. */
export function estimateTokens(text: string): number {
  return Math.ceil(text.length / 4)
}

const longestRun = 256

/**
 * Tokens of a text by the o200k encoding. Special tokens such as `<|endoftext|>` count as plain text.
 * Exact, except that runs of over 256 characters without (or of) white space are cut: the encoder's time is
 * quadratic in their length (100 KB of one letter: 7 s).
 */
export function countTokens(text: string): number {
  let tokens = 0
  for (const piece of pieces(text)) tokens += count(piece, { disallowedSpecial: new Set() })
  return tokens
}

function* pieces(text: string): Generator<string> {
  let from = 0
  for (const run of text.matchAll(/\S{257,}|\s{257,}/g)) {
    const end = run.index + run[0].length
    for (let cut = run.index + longestRun; cut < end; cut += longestRun) {
      if (isHighSurrogate(text.charCodeAt(cut - 1))) cut -= 1
      yield text.slice(from, cut)
      from = cut
    }
  }
  if (from < text.length) yield text.slice(from)
}

function isHighSurrogate(code: number): boolean {
  return code >= 0xd800 && code <= 0xdbff
}

/** Estimated input tokens of a whole request: instructions, messages, tool calls and tool specifications. */
export function requestTokens(request: ModelRequest): number {
  const parts = [request.system, request.tools.length > 0 ? JSON.stringify(request.tools) : '']
  for (const message of request.messages) {
    parts.push(message.content ?? '')
    if (message.role === 'assistant')
      for (const call of message.toolCalls) parts.push(call.name, call.arguments)
  }
  return parts.reduce((sum, part) => sum + estimateTokens(part), 0)
}

/** Usage counted by us for a provider that sent none. */
export function estimatedUsage(
  request: ModelRequest,
  answer: { content: string | null; toolCalls: readonly { name: string; arguments: string }[] },
): Usage {
  const written = [answer.content ?? '', ...answer.toolCalls.map((call) => call.name + call.arguments)]
  return {
    inputTokens: requestTokens(request),
    outputTokens: written.reduce((sum, text) => sum + estimateTokens(text), 0),
    cachedInputTokens: 0,
    estimated: true,
  }
}
