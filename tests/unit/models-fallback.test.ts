import { describe, expect, it } from 'vitest'
import type { Model, ModelRequest } from '@/lib/agents/model'
import { AppError } from '@/lib/errors'
import { withFallback } from '@/lib/models'

const request: ModelRequest = {
  system: 's',
  messages: [],
  tools: [],
  toolChoice: 'auto',
  maxTokens: 1,
  temperature: 0,
}
const signal = new AbortController().signal

function model(name: string, answer: () => string): Model & { calls: number } {
  return {
    provider: 'openai',
    name,
    price: { input: 1, output: 1, cachedInput: 1 },
    calls: 0,
    async complete() {
      this.calls += 1
      const usage = { inputTokens: 1, outputTokens: 1, cachedInputTokens: 0, estimated: false }
      return { content: answer(), toolCalls: [], finish: 'stop', usage, model: name }
    },
  }
}

const fails = (details: ConstructorParameters<typeof AppError>[2], message = 'no') =>
  model('big', () => {
    throw new AppError('model_error', message, details)
  })

describe('withFallback', () => {
  it('answers through the fallback after an outage, and says so', async () => {
    const both = withFallback(
      fails({ transient: true }),
      model('small', () => 'ok'),
    )
    expect(await both.complete(request, signal)).toMatchObject({
      content: 'ok',
      model: 'small (fallback for big)',
    })
  })

  it('does so for a spent account', async () => {
    const cause = { status: 429, error: { error: { code: 'insufficient_quota', message: 'x' } } }
    const both = withFallback(
      fails({ cause }),
      model('small', () => 'ok'),
    )
    expect((await both.complete(request, signal)).content).toBe('ok')
  })

  it.each([400, 401, 404])('does not for a request that was refused with %i', async (status) => {
    const small = model('small', () => 'ok')
    const both = withFallback(fails({ cause: { status, message: 'x' } }, `answered ${status}`), small)
    await expect(both.complete(request, signal)).rejects.toThrow(`answered ${status}`)
    expect(small.calls).toBe(0)
  })

  it('does not when the call was aborted', async () => {
    const stop = new AbortController()
    const small = model('small', () => 'ok')
    const big = model('big', () => {
      stop.abort()
      throw new AppError('model_error', 'no', { transient: true })
    })
    await expect(withFallback(big, small).complete(request, stop.signal)).rejects.toThrow('no')
    expect(small.calls).toBe(0)
  })

  it('leaves the first model alone for a while, then asks it again', async () => {
    let now = 0
    let broken = true
    const big = model('big', () => {
      if (broken) throw new AppError('model_error', 'no', { transient: true })
      return 'big'
    })
    const both = withFallback(
      big,
      model('small', () => 'small'),
      { holdMs: 100, now: () => now },
    )
    await both.complete(request, signal)
    broken = false
    now = 99
    expect((await both.complete(request, signal)).content).toBe('small')
    expect(big.calls).toBe(1)
    now = 100
    expect((await both.complete(request, signal)).content).toBe('big')
  })

  it('fails as the fallback fails when both do', async () => {
    const small = model('small', () => {
      throw new AppError('model_error', 'small is down', { transient: true })
    })
    await expect(withFallback(fails({ transient: true }), small).complete(request, signal)).rejects.toThrow(
      'small is down',
    )
  })
})
