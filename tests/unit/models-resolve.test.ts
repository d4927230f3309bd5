import { describe, expect, it } from 'vitest'
import { defaultConfig } from '@/lib/core/config'
import { parseEnv } from '@/lib/env'
import { type LlmConfig, modelProviders, resolveModel } from '@/lib/models'
import { modelFor } from '@/lib/runtime/models'

const llm: LlmConfig = { provider: 'openai', model: 'gpt-4.1' }

function failure(call: () => unknown): unknown {
  try {
    return call()
  } catch (error) {
    return error
  }
}

describe('resolveModel', () => {
  it.each([
    ['openai', 'OPENAI_API_KEY'],
    ['together', 'TOGETHER_API_KEY'],
    ['anthropic', 'ANTHROPIC_API_KEY'],
    ['compatible', 'COMPATIBLE_BASE_URL'],
    ['oumi', 'OUMI_ENDPOINT'],
    ['recorded', 'llm.recording'],
  ] as const)('names what is missing for %s: %s', (provider, place) => {
    expect(failure(() => resolveModel(parseEnv({}), { provider, model: 'm' }))).toMatchObject({
      code: 'bad_config',
      place,
      mend: expect.stringMatching(/set |name /i),
    })
  })

  it('takes the key of the provider and no other', () => {
    const env = parseEnv({ ANTHROPIC_API_KEY: 'k' })
    expect(resolveModel(env, { provider: 'anthropic', model: 'claude-opus-4-1' })).toMatchObject({
      provider: 'anthropic',
    })
    expect(failure(() => resolveModel(env, llm))).toMatchObject({ place: 'OPENAI_API_KEY' })
  })

  it('lets USE_OUMI_MODEL win over every provider that calls a model', () => {
    const env = parseEnv({
      USE_OUMI_MODEL: 'true',
      OUMI_ENDPOINT: 'http://127.0.0.1:1/v1',
      OPENAI_API_KEY: 'k',
    })
    for (const provider of modelProviders.filter((one) => one !== 'recorded')) {
      expect(resolveModel(env, { provider, model: 'mine' })).toMatchObject({
        provider: 'compatible',
        price: null,
      })
    }
    expect(failure(() => resolveModel(env, { provider: 'recorded', model: 'm' }))).toMatchObject({
      place: 'llm.recording',
    })
    expect(failure(() => resolveModel(parseEnv({ USE_OUMI_MODEL: '1' }), llm))).toMatchObject({
      place: 'OUMI_ENDPOINT',
    })
  })

  it('does not let a configuration choose where a key is sent', () => {
    const env = parseEnv({
      OPENAI_API_KEY: 'k',
      COMPATIBLE_API_KEY: 'k',
      COMPATIBLE_BASE_URL: 'http://mine/v1',
    })
    expect(failure(() => resolveModel(env, { ...llm, baseUrl: 'https://evil.example/v1' }))).toMatchObject({
      code: 'bad_config',
      mend: expect.stringContaining('OPENAI_BASE_URL'),
    })
    const compatible: LlmConfig = { provider: 'compatible', model: 'm' }
    for (const baseUrl of ['http://mine.evil/v1', 'http://mine:81/v1', 'http://mine@evil/v1', 'not a url']) {
      expect(failure(() => resolveModel(env, { ...compatible, baseUrl }))).toMatchObject({
        code: 'bad_config',
      })
    }
    expect(resolveModel(env, { ...compatible, baseUrl: 'http://mine/v2' })).toMatchObject({ name: 'm' })
  })

  it('allows any address where no key is set', () => {
    const config: LlmConfig = { provider: 'compatible', model: 'm', baseUrl: 'http://127.0.0.1:11434/v1' }
    expect(resolveModel(parseEnv({}), config)).toMatchObject({ provider: 'compatible' })
  })

  it('reserves by the dearer of a model and its fallback', () => {
    const env = parseEnv({ OPENAI_API_KEY: 'k' })
    const cheap = resolveModel(env, { ...llm, model: 'gpt-4.1-mini' })
    const both = resolveModel(env, { ...llm, model: 'gpt-4.1-mini', fallbackModel: 'gpt-4.1' })
    expect(both.name).toBe('gpt-4.1-mini')
    expect(both.price?.output).toBeGreaterThan(cheap.price?.output ?? Number.POSITIVE_INFINITY)
  })
})

describe('modelFor', () => {
  const priced = { input_per_million: 1, output_per_million: 2 }
  const of = (env: Record<string, string>, own: Record<string, unknown> = {}) => {
    const base = defaultConfig()
    const config = { ...base, llm: { ...base.llm, ...own } }
    return modelFor('coder', { config, overrides: {}, roots: [], from: parseEnv(env) })
  }
  const keys = ['OPENAI_API_KEY', 'TOGETHER_API_KEY', 'ANTHROPIC_API_KEY'] as const

  it.each(keys)('the default model of %s has a price', async (key) => {
    expect((await of({ [key]: 'k' })).price).not.toBeNull()
  })

  it.each(keys)('a model of %s without a price is refused, before money is spent', async (key) => {
    const unknown = { model: 'no-such-model-1' }
    await expect(of({ [key]: 'k' }, unknown)).rejects.toMatchObject({
      code: 'bad_config',
      place: 'llm.prices',
    })
    const fallback = { fallback_model: 'no-such-model-1' }
    await expect(of({ [key]: 'k' }, fallback)).rejects.toMatchObject({ place: 'llm.prices' })
    expect((await of({ [key]: 'k' }, { ...unknown, prices: priced })).price).toMatchObject({ output: 2 })
  })

  it('a server of one’s own may have no price', async () => {
    const env = { OPENAI_API_KEY: 'k', OPENAI_BASE_URL: 'http://127.0.0.1:9/v1' }
    expect((await of(env, { model: 'no-such-model-1' })).price).toBeNull()
    const compatible = { COMPATIBLE_BASE_URL: 'http://127.0.0.1:9/v1' }
    expect((await of(compatible, { model: 'no-such-model-1' })).price).toBeNull()
  })
})
