import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { AppError } from '@/lib/errors'
import { defaultRetry, retryAfterMs, waitMs, withRetries } from '@/lib/models/retries'

const now = Date.parse('2026-01-02T03:04:05Z')
const policy = { ...defaultRetry, sleep: async () => undefined, random: () => 0.5 }
const transient = () => new AppError('model_error', 'busy', { transient: true })

describe('retry-after', () => {
  it.each([
    [{ 'retry-after-ms': '250', 'retry-after': '9' }, 250],
    [{ 'retry-after': '3' }, 3_000],
    [{ 'retry-after': '0.5' }, 500],
    [{ 'retry-after': 'Fri, 02 Jan 2026 03:04:15 GMT' }, 10_000],
    [{ 'retry-after': 'Fri, 02 Jan 2026 03:04:00 GMT' }, 0],
    [{ 'retry-after': 'soon' }, undefined],
    [{ 'retry-after': '-5' }, undefined],
    [{}, undefined],
  ])('reads %j', (headers, wait) => {
    expect(retryAfterMs(new Headers(headers), now)).toBe(wait)
  })
})

describe('waits', () => {
  it('double, with jitter over the upper half, and are capped', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 60 }),
        fc.double({ min: 0, max: 1, noNaN: true, maxExcluded: true }),
        (tried, chance) => {
          const full = Math.min(60_000, 1_000 * 2 ** (tried - 1))
          const wait = waitMs(tried, undefined, { ...policy, random: () => chance })
          return wait !== null && wait >= Math.floor(full / 2) && wait <= full
        },
      ),
    )
  })

  it('are never shorter than the server asks', () => {
    expect(waitMs(1, 5_000, { ...policy, random: () => 0 })).toBe(5_000)
    expect(waitMs(1, 5_000, { ...policy, random: () => 0.99 })).toBeGreaterThan(5_000)
    expect(waitMs(1, 60_001, policy)).toBeNull()
  })
})

describe('withRetries', () => {
  const signal = new AbortController().signal

  it('does not try a lasting error again', async () => {
    let tries = 0
    const attempt = async () => {
      tries += 1
      throw new AppError('model_error', 'bad key')
    }
    await expect(withRetries({ attempt, signal, timeoutMs: 1_000, policy })).rejects.toThrow('bad key')
    expect(tries).toBe(1)
  })

  it('does not call at all when it is already aborted', async () => {
    const stop = new AbortController()
    stop.abort()
    let tries = 0
    const attempt = async () => {
      tries += 1
    }
    await expect(
      withRetries({ attempt, signal: stop.signal, timeoutMs: 1_000, policy }),
    ).rejects.toMatchObject({ code: 'cancelled' })
    expect(tries).toBe(0)
  })

  it('leaves an attempt that does not notice the abort', async () => {
    const stop = new AbortController()
    const attempt = () => {
      queueMicrotask(() => stop.abort())
      return new Promise<never>(() => undefined)
    }
    await expect(
      withRetries({ attempt, signal: stop.signal, timeoutMs: 60_000, policy }),
    ).rejects.toMatchObject({ code: 'cancelled' })
  })

  it('says how often it tried', async () => {
    const attempt = async () => {
      throw transient()
    }
    const call = withRetries({ attempt, signal, timeoutMs: 1_000, policy: { ...policy, tries: 3 } })
    await expect(call).rejects.toMatchObject({ transient: true, message: 'busy (tried 3 times)' })
  })

  it('is uncharged only when every try was, and tells of the tries that may have been charged', async () => {
    const refused = new AppError('model_error', 'busy', { transient: true, uncharged: true })
    const broken = new AppError('model_error', 'cut off', { transient: true })
    const wrong = new AppError('model_error', 'wrong key', { uncharged: true })
    const tried = async (errors: readonly AppError[]) => {
      let [at, lost] = [0, 0]
      const attempt = () => Promise.reject(errors[at++])
      const onLost = () => {
        lost += 1
      }
      const input = { attempt, signal, timeoutMs: 1_000, policy: { ...policy, tries: errors.length }, onLost }
      const error = await withRetries(input).catch((thrown: unknown) => thrown)
      return [error instanceof AppError && error.uncharged, lost]
    }
    expect(await tried([refused, refused])).toEqual([true, 0])
    expect(await tried([broken, refused])).toEqual([false, 1])
    expect(await tried([refused, broken])).toEqual([false, 0])
    expect(await tried([broken, wrong])).toEqual([false, 1])
    expect(await tried([refused, wrong])).toEqual([true, 0])
  })

  it('treats a hung attempt as transient', async () => {
    const attempt = () => new Promise<never>(() => undefined)
    const call = withRetries({ attempt, signal, timeoutMs: 5, policy: { ...policy, tries: 2 } })
    await expect(call).rejects.toMatchObject({
      code: 'model_error',
      transient: true,
      message: expect.stringContaining('0.005 s'),
    })
  })
})
