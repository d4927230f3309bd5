import type { ChatCompletionMessageParam, ChatCompletionTool } from 'openai/resources/chat/completions'
import { z } from 'zod'
import type { FinishReason, ModelRequest, ModelResponse } from '@/lib/agents/model'
import type { ToolCall, Usage } from '@/lib/core/turn'
import { estimatedUsage } from '@/lib/models/estimate'
import { type Endpoint, unreadableAnswer } from '@/lib/models/failures'

/** Servers that speak chat completions differ in what they leave out: everything that may be absent is. */
const answerSchema = z.object({
  model: z.string().nullish(),
  choices: z
    .array(
      z.object({
        finish_reason: z.string().nullish(),
        message: z.object({
          content: z.string().nullish(),
          refusal: z.string().nullish(),
          tool_calls: z
            .array(
              z.object({
                id: z.string().nullish(),
                function: z.object({
                  name: z.string(),
                  // Some local servers send the object itself.
                  arguments: z.union([z.string(), z.record(z.string(), z.unknown())]).nullish(),
                }),
              }),
            )
            .nullish(),
        }),
      }),
    )
    .min(1),
  usage: z
    .object({
      prompt_tokens: z.int().min(0),
      completion_tokens: z.int().min(0),
      prompt_tokens_details: z.object({ cached_tokens: z.int().min(0).nullish() }).nullish(),
      cached_tokens: z.int().min(0).nullish(),
    })
    .nullish()
    .catch(null),
})
type Answer = z.infer<typeof answerSchema>

/** The messages of a request in the shape of chat completions, the system prompt first. */
export function chatMessages(request: ModelRequest): ChatCompletionMessageParam[] {
  const messages: ChatCompletionMessageParam[] = [{ role: 'system', content: request.system }]
  for (const message of request.messages) {
    switch (message.role) {
      case 'user':
        messages.push({ role: 'user', content: message.content })
        break
      case 'tool':
        messages.push({ role: 'tool', tool_call_id: message.toolCallId, content: message.content })
        break
      case 'assistant':
        messages.push(assistantMessage(message.content, message.toolCalls))
        break
      default:
        message satisfies never
    }
  }
  return messages
}

function assistantMessage(content: string | null, calls: readonly ToolCall[]): ChatCompletionMessageParam {
  if (calls.length === 0) return { role: 'assistant', content: content ?? '' }
  return {
    role: 'assistant',
    content,
    tool_calls: calls.map((call) => ({
      id: call.id,
      type: 'function',
      function: { name: call.name, arguments: call.arguments },
    })),
  }
}

/** The tools of a request in the shape of chat completions. */
export function chatTools(request: ModelRequest): ChatCompletionTool[] {
  return request.tools.map((tool) => ({
    type: 'function',
    function: { name: tool.name, description: tool.description, parameters: { ...tool.parameters } },
  }))
}

/**
 * A chat completion as our response.
 * @throws AppError('model_error'), transient, for a body that is none.
 */
export function chatResponse(body: unknown, request: ModelRequest, endpoint: Endpoint): ModelResponse {
  const parsed = answerSchema.safeParse(body)
  const choice = parsed.data?.choices[0]
  if (!parsed.success || !choice) throw unreadableAnswer(body, endpoint, parsed.error)
  const { message } = choice
  const toolCalls = (message.tool_calls ?? []).map((call, index) => ({
    id: call.id || `call_${request.messages.length}_${index}`,
    name: call.function.name,
    arguments:
      typeof call.function.arguments === 'string'
        ? call.function.arguments
        : JSON.stringify(call.function.arguments ?? {}),
  }))
  const content = message.content || message.refusal || null
  return {
    content,
    toolCalls,
    finish: finishOf(choice.finish_reason ?? '', message.refusal ?? '', toolCalls.length),
    usage: usageOf(parsed.data.usage) ?? estimatedUsage(request, { content, toolCalls }),
    model: parsed.data.model || endpoint.model,
  }
}

/** Servers say `stop`, `eos` or nothing beside tool calls, so the calls decide, after a refusal or a cut answer. */
function finishOf(reason: string, refusal: string, calls: number): FinishReason {
  if (refusal !== '' || reason === 'content_filter') return 'refusal'
  if (reason === 'length') return 'length'
  return calls > 0 ? 'tool_calls' : 'stop'
}

function usageOf(usage: Answer['usage']): Usage | null {
  // Some servers send zeros for "not counted"; a real call has input.
  if (!usage || usage.prompt_tokens === 0) return null
  return {
    inputTokens: usage.prompt_tokens,
    outputTokens: usage.completion_tokens,
    cachedInputTokens: Math.min(
      usage.prompt_tokens,
      usage.prompt_tokens_details?.cached_tokens ?? usage.cached_tokens ?? 0,
    ),
    estimated: false,
  }
}
