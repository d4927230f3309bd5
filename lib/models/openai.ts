import type { ChatCompletionCreateParamsNonStreaming } from 'openai/resources/chat/completions'
import type { Model, ModelRequest } from '@/lib/agents/model'
import { type AdapterConfig, httpModel, once, patientFetch } from '@/lib/models/adapter'
import { chatMessages, chatResponse, chatTools } from '@/lib/models/chat-wire'
import { badRequestText } from '@/lib/models/failures'

/** What a model takes. Reasoning models want `max_completion_tokens` and refuse a temperature. */
interface Dialect {
  limit: 'max_tokens' | 'max_completion_tokens'
  temperature: boolean
}

/** The models of OpenAI that are known to reason, by name: o1 and later, gpt-5 and later. */
const reasons = /^(?:openai\/)?(?:o\d|gpt-(?:[5-9]|\d\d))/

/**
 * A model of OpenAI, or of any server that speaks its chat completions (Ollama, vLLM, llama.cpp, Oumi).
 * A refusal of a parameter is learned from once and kept for the life of the model.
 */
export function openaiModel(config: AdapterConfig): Model {
  const newer = reasons.test(config.model)
  const dialect: Dialect = { limit: newer ? 'max_completion_tokens' : 'max_tokens', temperature: !newer }
  const client = once(async () => {
    const { OpenAI } = await import('openai')
    return new OpenAI({
      apiKey: config.apiKey,
      baseURL: config.baseUrl ?? 'https://api.openai.com/v1',
      // The SDK would send these, from its own variables, to whatever server is named.
      ...(config.provider === 'compatible' ? { organization: null, project: null } : {}),
      maxRetries: 0,
      timeout: config.timeoutMs,
      fetch: await patientFetch(),
    })
  })
  return httpModel(config, async (request, signal) => {
    const { completions } = (await client()).chat
    for (;;) {
      const used = { ...dialect }
      try {
        const body: unknown = await completions.create(params(config.model, request, used), { signal })
        return chatResponse(body, request, config)
      } catch (error) {
        if (!learn(dialect, used, error)) throw error
      }
    }
  })
}

function params(
  model: string,
  request: ModelRequest,
  dialect: Dialect,
): ChatCompletionCreateParamsNonStreaming {
  return {
    model,
    messages: chatMessages(request),
    [dialect.limit]: request.maxTokens,
    ...(dialect.temperature ? { temperature: request.temperature } : {}),
    ...(request.tools.length > 0 ? { tools: chatTools(request), tool_choice: request.toolChoice } : {}),
  }
}

/**
 * Whether the refusal of a call in the dialect `used` taught something; calls side by side learn the same. Each
 * lesson changes the dialect one way, so that a call ends.
 */
function learn(dialect: Dialect, used: Dialect, error: unknown): boolean {
  const text = badRequestText(error)
  if (text === null) return false
  if (used.limit === 'max_tokens' && text.includes('max_completion_tokens')) {
    dialect.limit = 'max_completion_tokens'
    return true
  }
  if (used.temperature && text.includes('temperature')) {
    dialect.temperature = false
    return true
  }
  return false
}
