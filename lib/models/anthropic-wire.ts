import type { ContentBlockParam, MessageParam, Tool } from '@anthropic-ai/sdk/resources/messages'
import { z } from 'zod'
import type { FinishReason, ModelRequest, ModelResponse } from '@/lib/agents/model'
import type { ToolCall, Usage } from '@/lib/core/turn'
import { estimatedUsage } from '@/lib/models/estimate'
import { type Endpoint, unreadableAnswer } from '@/lib/models/failures'

const cached = { cache_control: { type: 'ephemeral' } } as const

const tokens = z.int().min(0)
const answerSchema = z.object({
  model: z.string().nullish(),
  stop_reason: z.string().nullish(),
  content: z.array(
    z.looseObject({
      type: z.string(),
      text: z.string().optional(),
      id: z.string().optional(),
      name: z.string().optional(),
      input: z.unknown().optional(),
    }),
  ),
  usage: z
    .object({
      input_tokens: tokens,
      output_tokens: tokens,
      cache_creation_input_tokens: tokens.nullish(),
      cache_read_input_tokens: tokens.nullish(),
    })
    .nullish()
    .catch(null),
})
type Answer = z.infer<typeof answerSchema>

/** The tools, the last one marked: everything up to a mark is one cached prefix. */
export function anthropicTools(request: ModelRequest): Tool[] {
  return request.tools.map((tool, index) => ({
    name: tool.name,
    description: tool.description,
    input_schema: { ...tool.parameters, type: 'object' },
    ...(index === request.tools.length - 1 ? cached : {}),
  }))
}

/** The system prompt as one marked block; none when it is empty, which the API refuses. */
export function anthropicSystem(request: ModelRequest): { type: 'text'; text: string }[] {
  return request.system.trim() === '' ? [] : [{ type: 'text', text: request.system, ...cached }]
}

/**
 * The messages in the API's shape: roles alternate, and the results of one answer's tool calls stand together in
 * the user message after it. The last two user messages are marked, so that a call reads what the call before it
 * wrote to the cache (four marks are allowed; tools and system have two).
 */
export function anthropicMessages(request: ModelRequest): MessageParam[] {
  const merged: { role: 'user' | 'assistant'; content: ContentBlockParam[] }[] = []
  for (const message of request.messages) {
    const role = message.role === 'assistant' ? 'assistant' : 'user'
    const blocks = blocksOf(message)
    const last = merged.at(-1)
    if (last?.role === role) last.content.push(...blocks)
    else if (blocks.length > 0) merged.push({ role, content: blocks })
  }
  for (const message of merged.filter((one) => one.role === 'user').slice(-2)) {
    const block = message.content.pop()
    if (block) message.content.push({ ...block, ...cached })
  }
  return merged
}

function blocksOf(message: ModelRequest['messages'][number]): ContentBlockParam[] {
  switch (message.role) {
    case 'user':
      return [{ type: 'text', text: message.content.trim() === '' ? '(empty)' : message.content }]
    case 'tool':
      return [{ type: 'tool_result', tool_use_id: toolId(message.toolCallId), content: message.content }]
    case 'assistant': {
      // The API refuses empty text and trailing white space at the end of an answer.
      const text = message.content?.trimEnd() ?? ''
      return [
        ...(text === '' ? [] : [{ type: 'text' as const, text }]),
        ...message.toolCalls.map((call) => ({
          type: 'tool_use' as const,
          id: toolId(call.id),
          name: call.name,
          input: inputOf(call),
        })),
      ]
    }
  }
}

/** Ids of other providers (after a fallback) may hold characters that this API refuses. */
function toolId(id: string): string {
  return id.replace(/[^A-Za-z0-9_-]/g, '_')
}

/** The API wants an object: arguments that are none go back to the model as the text it wrote. */
function inputOf(call: ToolCall): Record<string, unknown> {
  const parsed = objectSchema.safeParse(call.arguments)
  return parsed.success ? parsed.data : { malformed_arguments: call.arguments }
}
const objectSchema = z
  .string()
  .transform((text, context) => {
    try {
      return JSON.parse(text) as unknown
    } catch (error) {
      context.addIssue({ code: 'custom', message: String(error) })
      return z.NEVER
    }
  })
  .pipe(z.record(z.string(), z.unknown()))

/**
 * A message of the API as our response.
 * @throws AppError('model_error'), transient, for a body that is none.
 */
export function anthropicResponse(body: unknown, request: ModelRequest, endpoint: Endpoint): ModelResponse {
  const parsed = answerSchema.safeParse(body)
  if (!parsed.success) throw unreadableAnswer(body, endpoint, parsed.error)
  const { content: blocks, stop_reason, usage, model } = parsed.data
  const text = blocks.flatMap((block) => (block.type === 'text' && block.text ? [block.text] : [])).join('')
  const toolCalls = blocks
    .filter((block) => block.type === 'tool_use')
    .map((block, index) => ({
      id: block.id || `call_${request.messages.length}_${index}`,
      name: block.name ?? '',
      arguments: typeof block.input === 'string' ? block.input : JSON.stringify(block.input ?? {}),
    }))
  const content = text === '' ? null : text
  return {
    content,
    toolCalls,
    finish: finishOf(stop_reason ?? '', toolCalls.length),
    usage: usageOf(usage) ?? estimatedUsage(request, { content, toolCalls }),
    model: model || endpoint.model,
  }
}

function finishOf(reason: string, calls: number): FinishReason {
  if (reason === 'refusal') return 'refusal'
  if (reason === 'max_tokens' || reason === 'model_context_window_exceeded') return 'length'
  return calls > 0 ? 'tool_calls' : 'stop'
}

/** Here `input_tokens` leaves out what was read from or written to the cache; ours is the whole input. */
function usageOf(usage: Answer['usage']): Usage | null {
  if (!usage) return null
  const read = usage.cache_read_input_tokens ?? 0
  const inputTokens = usage.input_tokens + (usage.cache_creation_input_tokens ?? 0) + read
  if (inputTokens === 0) return null
  return { inputTokens, outputTokens: usage.output_tokens, cachedInputTokens: read, estimated: false }
}
