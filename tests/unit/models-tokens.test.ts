import fc from 'fast-check'
import { encode } from 'gpt-tokenizer'
import { describe, expect, it } from 'vitest'
import { estimateTokens, requestTokens } from '@/lib/models'
import { countTokens } from '@/lib/models/tokens'

describe('tokens', () => {
  it('counts as the tokenizer does', () => {
    const text = 'export function add(a: number, b: number): number {\n  return a + b\n}\n'
    expect(countTokens(text)).toBe(encode(text).length)
    expect(countTokens('')).toBe(0)
  })

  it('takes special tokens for text', () => {
    expect(countTokens('a <|endoftext|> b')).toBeGreaterThan(5)
  })

  it('ends on long runs of one letter, of spaces, and of letters outside the first plane', () => {
    for (const run of ['a', ' ', '\n', '𝒳', '中']) {
      expect(countTokens(run.repeat(200_000))).toBeGreaterThan(100)
    }
  })

  it('loses no text at the cuts', () => {
    fc.assert(
      fc.property(
        fc.array(fc.constantFrom('a', ' ', '😀', '<|endoftext|>', '\n', 'é'), { maxLength: 40 }),
        fc.integer({ min: 1, max: 80 }),
        (parts, times) => {
          const text = parts.map((part) => part.repeat(times)).join('')
          const whole = encode(text, { disallowedSpecial: new Set() }).length
          // A cut may split a token in two, once in every 256 characters.
          return (
            countTokens(text) >= whole && countTokens(text) <= whole + 2 * Math.ceil(text.length / 256) + 2
          )
        },
      ),
      { numRuns: 60 },
    )
  })

  it('estimates by characters', () => {
    expect(estimateTokens('')).toBe(0)
    expect(estimateTokens('abcde')).toBe(2)
  })

  it('counts all that a request sends', () => {
    const base = {
      system: 'x'.repeat(40),
      tools: [],
      toolChoice: 'auto',
      maxTokens: 1,
      temperature: 0,
    } as const
    const call = { id: '1', name: 'read', arguments: 'y'.repeat(40) }
    expect(requestTokens({ ...base, messages: [] })).toBe(10)
    expect(
      requestTokens({ ...base, messages: [{ role: 'assistant', content: null, toolCalls: [call] }] }),
    ).toBe(21)
    const tool = { name: 'read', description: 'd', parameters: {} }
    expect(requestTokens({ ...base, tools: [tool], messages: [] })).toBeGreaterThan(15)
  })
})
