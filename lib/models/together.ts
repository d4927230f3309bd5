import type { CompletionCreateParamsNonStreaming } from 'together-ai/resources/chat/completions'
import type { Model, ModelRequest } from '@/lib/agents/model'
import { type AdapterConfig, httpModel, once, patientFetch } from '@/lib/models/adapter'
import { chatMessages, chatResponse, chatTools } from '@/lib/models/chat-wire'

/** A model served by Together, through its own SDK. */
export function togetherModel(config: AdapterConfig): Model {
  const client = once(async () => {
    const { Together } = await import('together-ai')
    return new Together({
      apiKey: config.apiKey,
      baseURL: config.baseUrl ?? 'https://api.together.xyz/v1',
      maxRetries: 0,
      timeout: config.timeoutMs,
      fetch: await patientFetch(),
    })
  })
  return httpModel(config, async (request, signal) => {
    const { completions } = (await client()).chat
    const body: unknown = await completions.create(params(config.model, request), { signal })
    return chatResponse(body, request, config)
  })
}

function params(model: string, request: ModelRequest): CompletionCreateParamsNonStreaming {
  return {
    model,
    messages: asTogetherMessages(chatMessages(request)),
    max_tokens: request.maxTokens,
    temperature: request.temperature,
    ...(request.tools.length > 0
      ? { tools: asTogetherTools(chatTools(request)), tool_choice: request.toolChoice }
      : {}),
  }
}

/** Together takes the messages of chat completions as they are; its types want an index on tool calls. */
function asTogetherMessages(
  messages: ReturnType<typeof chatMessages>,
): CompletionCreateParamsNonStreaming['messages'] {
  return messages as CompletionCreateParamsNonStreaming['messages']
}

/** Function tools are the same in both; OpenAI's type also allows kinds that `chatTools` never makes. */
function asTogetherTools(
  tools: ReturnType<typeof chatTools>,
): NonNullable<CompletionCreateParamsNonStreaming['tools']> {
  return tools as NonNullable<CompletionCreateParamsNonStreaming['tools']>
}
