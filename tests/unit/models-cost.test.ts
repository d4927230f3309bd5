import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { costMicros, type ModelPrice, worstCaseMicros } from '@/lib/core/cost'
import type { Usage } from '@/lib/core/turn'
import { priceOf } from '@/lib/models'

const usage = (inputTokens: number, outputTokens: number, cachedInputTokens = 0): Usage => ({
  inputTokens,
  outputTokens,
  cachedInputTokens,
  estimated: false,
})

describe('costs', () => {
  it('prices fresh, cached and written tokens', () => {
    const price = { input: 2, output: 8, cachedInput: 0.5 }
    expect(costMicros(usage(1_000, 100, 400), price)).toBe(600 * 2 + 400 * 0.5 + 100 * 8)
  })

  it('rounds up, and does not round up the noise of binary fractions', () => {
    expect(costMicros(usage(1, 0), { input: 0.1, output: 0, cachedInput: 0 })).toBe(1)
    expect(costMicros(usage(30, 0), { input: 0.1, output: 0, cachedInput: 0 })).toBe(3)
    expect(costMicros(usage(0, 0), { input: 3, output: 15, cachedInput: 0.3 })).toBe(0)
  })

  it('charges the long rates for the whole call past the limit', () => {
    const price = {
      input: 3,
      output: 15,
      cachedInput: 0.3,
      longInput: { input: 6, output: 22.5, cachedInput: 0.6, overTokens: 200 },
    }
    expect(costMicros(usage(200, 10), price)).toBe(750)
    expect(costMicros(usage(201, 10), price)).toBe(1_431)
  })

  it.each([Number.NaN, -1, Number.POSITIVE_INFINITY])('refuses the rate %s', (rate) => {
    const price = { input: 1, output: rate, cachedInput: 1 }
    expect(() => costMicros(usage(1, 1), price)).toThrow(
      expect.objectContaining({ code: 'bad_config', place: 'output' }),
    )
    expect(() => worstCaseMicros({ inputTokens: 1, maxTokens: 1, price })).toThrow(
      expect.objectContaining({ code: 'bad_config' }),
    )
  })

  const tokens = fc.integer({ min: 0, max: 3_000_000 })
  // Rates in millionths of a dollar, so that the true cost is known exactly.
  const rate = fc.integer({ min: 0, max: 200_000_000 })
  const rates = fc.record({ input: rate, output: rate, cachedInput: rate })
  const priceFrom = (base: { input: number; output: number; cachedInput: number }): ModelPrice => ({
    input: base.input / 1e6,
    output: base.output / 1e6,
    cachedInput: base.cachedInput / 1e6,
  })

  it('is never under the true cost, nor a micro-dollar over it', () => {
    fc.assert(
      fc.property(tokens, tokens, tokens, rates, (input, output, cachedInput, base) => {
        const cached = Math.min(input, cachedInput)
        const exact =
          BigInt(input - cached) * BigInt(base.input) +
          BigInt(cached) * BigInt(base.cachedInput) +
          BigInt(output) * BigInt(base.output)
        const cost = BigInt(costMicros(usage(input, output, cachedInput), priceFrom(base))) * 1_000_000n
        return cost >= exact && cost - exact < 1_000_000n
      }),
      { numRuns: 2_000 },
    )
  })

  it('never settles above the worst case that was reserved', () => {
    const longInput = fc.option(fc.tuple(rates, tokens), { nil: undefined })
    fc.assert(
      fc.property(
        tokens,
        tokens,
        fc.double({ min: 0, max: 1, noNaN: true }),
        tokens,
        rates,
        longInput,
        (input, max, share, cached, base, long) => {
          const price: ModelPrice = {
            ...priceFrom(base),
            ...(long ? { longInput: { ...priceFrom(long[0]), overTokens: long[1] } } : {}),
          }
          const settled = costMicros(usage(input, Math.floor(max * share), cached), price)
          return worstCaseMicros({ inputTokens: input, maxTokens: max, price }) >= settled
        },
      ),
      { numRuns: 2_000 },
    )
  })

  it('holds for fewer input tokens than were reserved for', () => {
    fc.assert(
      fc.property(
        tokens,
        tokens,
        tokens,
        rates,
        rates,
        tokens,
        (input, less, max, base, long, overTokens) => {
          const price: ModelPrice = { ...priceFrom(base), longInput: { ...priceFrom(long), overTokens } }
          const settled = costMicros(usage(Math.min(less, input), max), price)
          return worstCaseMicros({ inputTokens: input, maxTokens: max, price }) >= settled
        },
      ),
    )
  })
})

describe('prices', () => {
  it('knows the models of all three providers', () => {
    expect(priceOf('openai', 'gpt-4.1')).toEqual({ input: 2, output: 8, cachedInput: 0.5 })
    expect(priceOf('together', 'meta-llama/Llama-3.3-70B-Instruct-Turbo')?.input).toBeGreaterThan(0)
  })

  it('counts the input of Anthropic at the rate of writing to its cache', () => {
    const price = priceOf('anthropic', 'claude-opus-4-1')
    expect(price).toEqual({ input: 18.75, output: 75, cachedInput: 1.5 })
  })

  it('keeps the dearer rates of long calls', () => {
    const price = priceOf('anthropic', 'claude-sonnet-4-5')
    expect(price?.longInput?.overTokens).toBe(200_000)
    expect(price?.longInput?.input).toBeGreaterThan(price?.input ?? Number.POSITIVE_INFINITY)
  })

  it.each([
    ['openai', 'no-such-model'],
    ['compatible', 'llama3'],
    ['recorded', 'gpt-4.1'],
  ])('has no price for %s %s', (provider, model) => {
    expect(priceOf(provider, model)).toBeNull()
  })
})
