import { costMicros } from '@/lib/core/cost'
import { type ProviderName, providerNames } from '@/lib/core/names'
import { type Env, env } from '@/lib/env'
import { AppError } from '@/lib/errors'
import type { AskModel } from '@/lib/services/settings/test-model'
import { defaultModels } from './models'
import { providerVariables } from './provider-variables'

const TRY_MS = 30_000

/** A provider and the variables that set it up, by name and never by value. */
export interface ProviderState {
  readonly provider: ProviderName
  readonly ready: boolean
  readonly variables: readonly { readonly name: string; readonly set: boolean; readonly needed: boolean }[]
  /** What is asked where a configuration names no model; null: it has to name one. */
  readonly model: string | null
}

/** Which providers this process can ask. */
export function providerStates(from: Env = env()): ProviderState[] {
  return providerNames.flatMap((provider) => {
    if (provider === 'recorded') return []
    const { needed, more } = providerVariables[provider]
    const state = (variable: keyof Env, wanted: boolean) => ({
      name: variable,
      set: from[variable] !== undefined,
      needed: wanted,
    })
    return [
      {
        provider,
        ready: from[needed] !== undefined,
        variables: [state(needed, true), ...more.map((one) => state(one, false))],
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
