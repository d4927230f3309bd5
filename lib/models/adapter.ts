import type { Agent } from 'undici'
import type { Model, ModelPrice, ModelRequest, ModelResponse } from '@/lib/agents/model'
import { type Endpoint, modelFailure } from '@/lib/models/failures'
import { type RetryPolicy, withRetries } from '@/lib/models/retries'

/** What every adapter over HTTP is made from. */
export interface AdapterConfig extends Endpoint {
  readonly price: ModelPrice | null
  /** The longest that one try may take, in milliseconds. */
  readonly timeoutMs: number
  readonly retry: RetryPolicy
}

/** One call of a provider's SDK, without retries: throws what the SDK throws. */
export type ProviderCall = (request: ModelRequest, signal: AbortSignal) => Promise<ModelResponse>

/** A Model from one provider's call: retries, time limit and errors are the same for all. */
export function httpModel(config: AdapterConfig, call: ProviderCall): Model {
  return {
    provider: config.provider,
    name: config.model,
    price: config.price,
    async complete(request, signal) {
      let lostTries = 0
      const response = await withRetries({
        signal,
        timeoutMs: config.timeoutMs,
        policy: config.retry,
        onLost: () => {
          lostTries += 1
        },
        attempt: async (either) => {
          try {
            return await call(request, either)
          } catch (error) {
            throw modelFailure(error, config, request)
          }
        },
      })
      return lostTries === 0 ? response : { ...response, lostTries }
    },
  }
}

/** A value made at the first use and kept: the SDKs take long to load, and most commands call no model. */
export function once<T>(make: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | undefined
  return () => {
    made ??= make()
    return made
  }
}

/**
 * `fetch` for the SDKs. Node's own gives up after five minutes without headers, and a long answer that is not
 * streamed sends none before its end: the limit here is `timeoutMs` alone.
 */
export async function patientFetch(): Promise<typeof globalThis.fetch> {
  const undici = await import('undici')
  const dispatcher: Agent = new undici.Agent({ headersTimeout: 0, bodyTimeout: 0 })
  return asGlobalFetch((input, init) => undici.fetch(input, { ...init, dispatcher }))
}

type UndiciFetch = (
  input: Parameters<typeof import('undici').fetch>[0],
  init?: Parameters<typeof import('undici').fetch>[1],
) => ReturnType<typeof import('undici').fetch>

/** Node's fetch is undici's fetch: the two declarations differ in names alone, not in what is passed. */
function asGlobalFetch(fetch: UndiciFetch): typeof globalThis.fetch {
  return fetch as unknown as typeof globalThis.fetch
}
