import { AppError } from '@/lib/core/app-error'
import type { Usage } from '@/lib/core/turn'

/** US dollars per million tokens. A dollar per million tokens is a micro-dollar per token. */
export interface TokenRates {
  readonly input: number
  readonly output: number
  /** For input tokens that the provider served from its cache. */
  readonly cachedInput: number
}

/** What a model costs; `longInput` replaces every rate once a call has more input tokens than `overTokens`. */
export interface ModelPrice extends TokenRates {
  readonly longInput?: TokenRates & { readonly overTokens: number }
}

/** Rates are held to a millionth of a micro-dollar, as whole numbers, so that no sum is ever rounded down. */
const scale = 1_000_000n

/**
 * What a call cost, in whole micro-dollars, rounded up: never under the true cost.
 * @throws AppError('bad_config') when a rate is negative or not a number.
 */
export function costMicros(usage: Usage, price: ModelPrice): number {
  const rates: TokenRates =
    price.longInput && usage.inputTokens > price.longInput.overTokens ? price.longInput : price
  const cached = Math.min(usage.cachedInputTokens, usage.inputTokens)
  const sum =
    BigInt(usage.inputTokens - cached) * scaled(rates.input, 'input') +
    BigInt(cached) * scaled(rates.cachedInput, 'cachedInput') +
    BigInt(usage.outputTokens) * scaled(rates.output, 'output')
  return roundUp(sum)
}

export interface WorstCaseInput {
  /** Tokens of the request, or a bound on them. */
  readonly inputTokens: number
  /** The most tokens that the answer may have. */
  readonly maxTokens: number
  readonly price: ModelPrice
}

/**
 * The most that a call can cost, in whole micro-dollars, rounded up: no token cached, every allowed token answered,
 * the dearest rates that the input can reach.
 * @throws AppError('bad_config') when a rate is negative or not a number.
 */
export function worstCaseMicros({ inputTokens, maxTokens, price }: WorstCaseInput): number {
  const long = price.longInput && inputTokens > price.longInput.overTokens ? price.longInput : undefined
  const reachable: TokenRates[] = long ? [price, long] : [price]
  const input = Math.max(...reachable.flatMap((rates) => [rates.input, rates.cachedInput]))
  const output = Math.max(...reachable.map((rates) => rates.output))
  return roundUp(BigInt(inputTokens) * scaled(input, 'input') + BigInt(maxTokens) * scaled(output, 'output'))
}

function scaled(rate: number, name: string): bigint {
  if (!Number.isFinite(rate) || rate < 0) {
    throw new AppError('bad_config', `The price "${name}" of a model is ${rate}, which is no price.`, {
      place: name,
      mend: 'Give dollars per million tokens, 0 or more.',
    })
  }
  // 15 digits drop the noise of binary fractions (2.2 * 1e6 = 2200000.0000000005) before rounding up.
  return BigInt(Math.ceil(Number((rate * Number(scale)).toPrecision(15))))
}

function roundUp(sum: bigint): number {
  return Number((sum + scale - 1n) / scale)
}
