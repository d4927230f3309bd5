import { setTimeout as delay } from 'node:timers/promises'
import { AppError, toAppError } from '@/lib/errors'

/** How calls are tried again. Sleep, chance and clock are parameters so that tests do not wait. */
export interface RetryPolicy {
  readonly tries: number
  /** The first wait in milliseconds; it doubles with each try. */
  readonly baseMs: number
  /** No wait is longer; a server that asks for more ends the tries, and the caller gets its `retryAfterMs`. */
  readonly maxMs: number
  readonly sleep: (ms: number, signal: AbortSignal) => Promise<void>
  /** 0 (inclusive) to 1. */
  readonly random: () => number
}

export const defaultRetry: RetryPolicy = {
  tries: 5,
  baseMs: 1_000,
  maxMs: 60_000,
  sleep: (ms, signal) => delay(ms, undefined, { signal }),
  random: Math.random,
}

export interface RetryInput<T> {
  /** One try. Throws AppError; those with `transient` set are tried again. */
  readonly attempt: (signal: AbortSignal) => Promise<T>
  readonly signal: AbortSignal
  /** A try with no answer after this many milliseconds is a hung socket: it is ended and counts as failed. */
  readonly timeoutMs: number
  readonly policy: RetryPolicy
  /** Told of each failed try that may have been charged and is followed by another. */
  readonly onLost?: () => void
}

/**
 * Tries a call until it works, fails for good, or the tries are used up.
 * @throws AppError('cancelled') at once when the signal aborts; else the last error, with the tries named. It is
 * `uncharged` only when every try was.
 */
export async function withRetries<T>(input: RetryInput<T>): Promise<T> {
  const { attempt, signal, timeoutMs, policy } = input
  let uncharged = true
  for (let tried = 1; ; tried += 1) {
    if (signal.aborted) throw cancelled(signal, uncharged)
    try {
      return await once(attempt, signal, timeoutMs)
    } catch (error) {
      if (signal.aborted) throw cancelled(signal, false)
      const failure = toAppError(error)
      if (!failure.uncharged) uncharged = false
      if (!failure.transient) throw failure.uncharged === uncharged ? failure : again(failure, {})
      const wait = waitMs(tried, failure.retryAfterMs, policy)
      if (tried >= policy.tries || wait === null) throw givenUp(failure, tried, uncharged)
      if (!failure.uncharged) input.onLost?.()
      await pause(wait, signal, policy, uncharged)
    }
  }
}

/**
 * The wait after a failed try, in milliseconds: exponential with jitter over its upper half, or what the server
 * asked for and up to a tenth more. Null when the server asks for more than the policy allows.
 */
export function waitMs(tried: number, retryAfterMs: number | undefined, policy: RetryPolicy): number | null {
  if (retryAfterMs !== undefined) {
    if (retryAfterMs > policy.maxMs) return null
    return Math.round(retryAfterMs * (1 + policy.random() / 10))
  }
  const full = Math.min(policy.maxMs, policy.baseMs * 2 ** (tried - 1))
  return Math.round(full / 2 + (full / 2) * policy.random())
}

/** What we need of a response's headers. */
export interface ReadableHeaders {
  get(name: string): string | null
}

/**
 * How long a server asks to wait, in milliseconds, from `retry-after-ms`, or `retry-after` in seconds or as an HTTP
 * date (RFC 9110, 10.2.3). Undefined where it says nothing that can be read.
 */
export function retryAfterMs(headers: ReadableHeaders | undefined, now: number): number | undefined {
  const exact = number(headers?.get('retry-after-ms'))
  if (exact !== undefined) return exact
  const text = headers?.get('retry-after')
  const seconds = number(text)
  if (seconds !== undefined) return seconds * 1_000
  // Date.parse takes almost anything (`-5` is a year): an HTTP date begins with the name of a day.
  const date = text && /^\s*[A-Z][a-z]{2}/.test(text) ? Date.parse(text) : Number.NaN
  return Number.isNaN(date) ? undefined : Math.max(0, date - now)
}

function number(text: string | null | undefined): number | undefined {
  if (!text || !/^\s*\d+(\.\d+)?\s*$/.test(text)) return undefined
  return Number(text)
}

async function once<T>(
  attempt: (signal: AbortSignal) => Promise<T>,
  signal: AbortSignal,
  timeoutMs: number,
): Promise<T> {
  const timeout = new AbortController()
  const either = AbortSignal.any([signal, timeout.signal])
  const timer = setTimeout(() => timeout.abort(), timeoutMs)
  let stop = (): void => undefined
  const ended = new Promise<never>((_, reject) => {
    stop = () => reject(signal.aborted ? cancelled(signal, false) : hung(timeoutMs))
    either.addEventListener('abort', stop)
  })
  try {
    // Raced, because an adapter that is slow to notice the abort must not hold the caller.
    return await Promise.race([attempt(either), ended])
  } finally {
    clearTimeout(timer)
    either.removeEventListener('abort', stop)
  }
}

async function pause(
  ms: number,
  signal: AbortSignal,
  policy: RetryPolicy,
  uncharged: boolean,
): Promise<void> {
  try {
    await policy.sleep(ms, signal)
  } catch (error) {
    throw signal.aborted ? cancelled(signal, uncharged) : error
  }
  if (signal.aborted) throw cancelled(signal, uncharged)
}

function hung(timeoutMs: number): AppError {
  return new AppError('model_error', `The model sent no answer within ${timeoutMs / 1_000} s.`, {
    transient: true,
    mend: 'Check that the endpoint is up, or give the model a longer time limit.',
  })
}

function cancelled(signal: AbortSignal, uncharged: boolean): AppError {
  return new AppError('cancelled', 'The model call was cancelled.', { cause: signal.reason, uncharged })
}

function givenUp(failure: AppError, tried: number, uncharged: boolean): AppError {
  const message = `${failure.message} (tried ${tried} ${tried === 1 ? 'time' : 'times'})`
  return again(failure, { message, uncharged })
}

/** The same error, in other words; without `uncharged` one of its tries may have been charged. */
function again(failure: AppError, { message = failure.message, uncharged = false }): AppError {
  return new AppError(failure.code, message, {
    transient: failure.transient,
    uncharged,
    cause: failure.cause ?? failure,
    ...(failure.mend === undefined ? {} : { mend: failure.mend }),
    ...(failure.place === undefined ? {} : { place: failure.place }),
    ...(failure.retryAfterMs === undefined ? {} : { retryAfterMs: failure.retryAfterMs }),
  })
}
