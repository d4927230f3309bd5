import type { ModelMessage, ModelRequest } from './model'

/** About 100,000 tokens: over this, the oldest tool results make room. */
const MAX_CHARS = 400_000
const KEEP_RECENT = 8
const DROPPED = '[left out to make room: read it again if you need it]'

/** The messages with the oldest long tool results left out, when the whole is too long; the rest is untouched. */
export function boundedMessages(messages: readonly ModelMessage[]): ModelMessage[] {
  let total = messages.reduce((sum, message) => sum + lengthOf(message), 0)
  return messages.map((message, index) => {
    const old = index < messages.length - KEEP_RECENT
    if (total <= MAX_CHARS || !old || message.role !== 'tool' || message.content.length < 500) return message
    total -= message.content.length - DROPPED.length
    return { ...message, content: DROPPED }
  })
}

function lengthOf(message: ModelMessage): number {
  const calls = message.role === 'assistant' ? message.toolCalls : []
  return (message.content?.length ?? 0) + calls.reduce((sum, call) => sum + call.arguments.length, 0)
}

/**
 * A bound on the tokens of a request, for the money ledger: half its UTF-8 bytes. English and code have about four
 * bytes a token, the densest scripts about two.
 */
export function requestTokens(request: ModelRequest): number {
  const text = JSON.stringify([request.system, request.messages, request.tools])
  return Math.ceil(Buffer.byteLength(text, 'utf8') / 2)
}
