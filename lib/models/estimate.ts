import type { ModelRequest } from '@/lib/agents/model'
import type { Usage } from '@/lib/core/turn'

/** Tokens by characters / 4, rounded up: within 1% in sum over code, and free. Rank and budget with it. */
export function estimateTokens(text: string): number {
  return Math.ceil(text.length / 4)
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
