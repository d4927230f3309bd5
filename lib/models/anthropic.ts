import type { MessageCreateParamsNonStreaming } from '@anthropic-ai/sdk/resources/messages'
import type { Model, ModelRequest } from '@/lib/agents/model'
import { type AdapterConfig, httpModel, once, patientFetch } from '@/lib/models/adapter'
import {
  anthropicMessages,
  anthropicResponse,
  anthropicSystem,
  anthropicTools,
} from '@/lib/models/anthropic-wire'
import { badRequestText } from '@/lib/models/failures'

/** A model of Anthropic, through its own SDK, with the stable prefix of every request marked for its cache. */
export function anthropicModel(config: AdapterConfig): Model {
  let temperature = true
  const client = once(async () => {
    const { Anthropic } = await import('@anthropic-ai/sdk')
    return new Anthropic({
      apiKey: config.apiKey,
      authToken: null,
      baseURL: config.baseUrl ?? 'https://api.anthropic.com',
      maxRetries: 0,
      timeout: config.timeoutMs,
      fetch: await patientFetch(),
    })
  })
  return httpModel(config, async (request, signal) => {
    const { messages } = await client()
    for (;;) {
      const sent = temperature
      try {
        const body: unknown = await messages.create(params(config.model, request, sent), { signal })
        return anthropicResponse(body, request, config)
      } catch (error) {
        // Some models refuse a temperature: learned once, kept for the life of the model.
        if (!sent || !badRequestText(error)?.includes('temperature')) throw error
        temperature = false
      }
    }
  })
}

function params(model: string, request: ModelRequest, temperature: boolean): MessageCreateParamsNonStreaming {
  const choice = request.toolChoice === 'required' ? ({ type: 'any' } as const) : ({ type: 'auto' } as const)
  return {
    model,
    max_tokens: request.maxTokens,
    system: anthropicSystem(request),
    messages: anthropicMessages(request),
    // This API's scale ends at 1, where that of the others ends at 2.
    ...(temperature ? { temperature: Math.min(request.temperature, 1) } : {}),
    ...(request.tools.length > 0 ? { tools: anthropicTools(request), tool_choice: choice } : {}),
  }
}
