import { costMicros } from '@/lib/core/cost'
import { type ProviderName, providerNames } from '@/lib/core/names'
import { type Env, env } from '@/lib/env'
import { AppError } from '@/lib/errors'
import type { AskModel } from '@/lib/services/settings/test-model'
import { defaultModels } from './models'

const TRY_MS = 30_000

/** A provider and the variables that set it up, by name and never by value. */
export interface ProviderState {
  readonly provider: ProviderName
  readonly ready: boolean
  readonly variables: readonly { readonly name: string; readonly set: boolean; readonly needed: boolean }[]
  /** What is asked where a configuration names no model; null: it has to name one. */
  readonly model: string | null
}

const variables = {
  anthropic: { needed: ['ANTHROPIC_API_KEY'], more: ['ANTHROPIC_BASE_URL'] },
  openai: { needed: ['OPENAI_API_KEY'], more: ['OPENAI_BASE_URL'] },
  together: { needed: ['TOGETHER_API_KEY'], more: ['TOGETHER_BASE_URL'] },
  compatible: { needed: ['COMPATIBLE_BASE_URL'], more: ['COMPATIBLE_API_KEY'] },
  oumi: { needed: ['OUMI_ENDPOINT'], more: ['OUMI_API_KEY'] },
} as const satisfies Record<string, { needed: readonly (keyof Env)[]; more: readonly (keyof Env)[] }>

/** Which providers this process can ask. */
export function providerStates(from: Env = env()): ProviderState[] {
  return Object.entries(variables).flatMap(([name, { needed, more }]) => {
    const provider = providerNames.find((known) => known === name)
    if (!provider) return []
    const state = (variable: keyof Env, wanted: boolean) => ({
      name: variable,
      set: from[variable] !== undefined,
      needed: wanted,
    })
    return [
      {
        provider,
        ready: needed.every((variable) => from[variable] !== undefined),
        variables: [...needed.map((one) => state(one, true)), ...more.map((one) => state(one, false))],
        model: defaultModels[provider] ?? null,
      },
    ]
  })
}

/** One small call, without the retries of a run's. */
export const askModel: AskModel = async (provider, model) => {
  const name = model ?? defaultModels[provider]
  if (name === undefined) {
    throw new AppError('bad_request', `The provider ${provider} needs the name of a model.`, {
      place: 'model',
      mend: 'Give one as its server names it.',
    })
  }
  const { resolveModel } = await import('@/lib/models')
  const made = resolveModel(env(), { provider, model: name, timeoutMs: TRY_MS })
  const begun = performance.now()
  const answer = await made.complete(
    {
      system: 'Answer with one word.',
      messages: [{ role: 'user', content: 'Say: ready' }],
      tools: [],
      toolChoice: 'auto',
      maxTokens: 64,
      temperature: 0,
    },
    AbortSignal.timeout(TRY_MS),
  )
  const { inputTokens, outputTokens } = answer.usage
  return {
    model: answer.model,
    text: (answer.content ?? '').slice(0, 500),
    inputTokens,
    outputTokens,
    costMicros: made.price === null ? null : costMicros(answer.usage, made.price),
    ms: Math.round(performance.now() - begun),
  }
}
