import type { Model, ModelPrice, ModelRequest } from '@/lib/agents/model'
import { AppError } from '@/lib/errors'
import { log } from '@/lib/log'
import { isUnavailable } from '@/lib/models/failures'

export interface FallbackOptions {
  /** How long the first model is left alone after it failed, in milliseconds: its tries take half a minute. */
  readonly holdMs: number
  readonly now: () => number
}

const defaults: FallbackOptions = { holdMs: 5 * 60_000, now: Date.now }

/**
 * A model that answers through another while it cannot be had: an outage or a limit that outlived its tries, or a
 * spent account. A request that was refused for what it is (400, a wrong key, a wrong name) is not tried elsewhere.
 * The response's `model` says that the fallback answered. The price is the dearer of the two at each rate, so that
 * what the ledger reserves and settles is never too little.
 */
export function withFallback(model: Model, fallback: Model, options: Partial<FallbackOptions> = {}): Model {
  const { holdMs, now } = { ...defaults, ...options }
  let heldUntil = 0
  const answerInstead = async (request: ModelRequest, signal: AbortSignal, lost: number) => {
    const response = await fallback.complete(request, signal)
    const lostTries = lost + (response.lostTries ?? 0)
    const named = { ...response, model: `${response.model} (fallback for ${model.name})` }
    return lostTries === 0 ? named : { ...named, lostTries }
  }
  return {
    provider: model.provider,
    name: model.name,
    price: dearer(model.price, fallback.price),
    complete: async (request, signal) => {
      if (now() < heldUntil) return answerInstead(request, signal, 0)
      try {
        return await model.complete(request, signal)
      } catch (error) {
        if (signal.aborted || !isUnavailable(error)) throw error
        heldUntil = now() + holdMs
        log('warn', 'The model is unavailable: its fallback answers.', {
          model: model.name,
          fallback: fallback.name,
          reason: error instanceof Error ? error.message : String(error),
        })
        return answerInstead(request, signal, error instanceof AppError && error.uncharged ? 0 : 1)
      }
    },
  }
}

function dearer(one: ModelPrice | null, other: ModelPrice | null): ModelPrice | null {
  if (!one || !other) return one ?? other
  const rates = most(one, other)
  const [longOne, longOther] = [one.longInput, other.longInput]
  if (!longOne && !longOther) return rates
  return {
    ...rates,
    longInput: {
      ...most(most(rates, longOne ?? rates), longOther ?? rates),
      overTokens: Math.min(longOne?.overTokens ?? Infinity, longOther?.overTokens ?? Infinity),
    },
  }
}

type Rates = Omit<ModelPrice, 'longInput'>

function most(one: Rates, other: Rates): Rates {
  return {
    input: Math.max(one.input, other.input),
    output: Math.max(one.output, other.output),
    cachedInput: Math.max(one.cachedInput, other.cachedInput),
  }
}
