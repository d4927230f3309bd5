import type { Model, ModelPrice } from '@/lib/agents/model'
import { AppError } from '@/lib/errors'
import type { AdapterConfig } from '@/lib/models/adapter'
import { anthropicModel } from '@/lib/models/anthropic'
import { openaiModel } from '@/lib/models/openai'
import { priceOf } from '@/lib/models/prices'
import { recordedModel } from '@/lib/models/recorded'
import { defaultRetry, type RetryPolicy } from '@/lib/models/retries'
import { togetherModel } from '@/lib/models/together'

export const modelProviders = ['openai', 'together', 'anthropic', 'compatible', 'oumi', 'recorded'] as const
export type ModelProvider = (typeof modelProviders)[number]

export interface ModelConfig {
  readonly provider: ModelProvider
  /** As the provider names it, `gpt-4.1`. A recording keeps its own. */
  readonly model: string
  /** With its version, `http://127.0.0.1:11434/v1`. Needed for `compatible` and `oumi`. */
  readonly baseUrl?: string | undefined
  /** Needed for `openai`, `together` and `anthropic`. */
  readonly apiKey?: string | undefined
  /** Dollars per million tokens; else looked up by provider and model. */
  readonly price?: ModelPrice | undefined
  /** For `recorded`: the recording's file. */
  readonly recording?: string | undefined
  /** For `recorded`: the command that records again. */
  readonly mend?: string | undefined
  /** For `recorded`: folders of this machine that prompts may name; see `normalise`. */
  readonly roots?: readonly string[] | undefined
  /** The longest that one try may take, in milliseconds; 10 minutes, for a long answer that is not streamed. */
  readonly timeoutMs?: number | undefined
  readonly retry?: Partial<RetryPolicy> | undefined
}

/** The environment variable that holds each provider's key. */
const keyVariables = {
  openai: 'OPENAI_API_KEY',
  together: 'TOGETHER_API_KEY',
  anthropic: 'ANTHROPIC_API_KEY',
  compatible: 'COMPATIBLE_API_KEY',
  oumi: 'OUMI_API_KEY',
} as const

const tenMinutes = 10 * 60_000

/**
 * The model that a configuration names; nothing is called yet.
 * @throws AppError('bad_config') when its key, address or recording is missing, with the variable or field and the mend.
 */
export function createModel(config: ModelConfig): Model {
  switch (config.provider) {
    case 'openai':
      return openaiModel(adapterConfig(config, 'openai', keyOf(config, 'openai')))
    case 'together':
      return togetherModel(adapterConfig(config, 'together', keyOf(config, 'together')))
    case 'anthropic':
      return anthropicModel(adapterConfig(config, 'anthropic', keyOf(config, 'anthropic')))
    case 'compatible':
    case 'oumi':
      requireUrl(config)
      // A server of one's own often wants no key, but the SDK wants one to send.
      return openaiModel(adapterConfig(config, config.provider, config.apiKey ?? 'none'))
    case 'recorded':
      return recordedModel(recordingOf(config), {
        ...(config.mend === undefined ? {} : { mend: config.mend }),
        ...(config.roots === undefined ? {} : { roots: config.roots }),
      })
    default:
      return config.provider satisfies never
  }
}

function adapterConfig(
  config: ModelConfig,
  provider: keyof typeof keyVariables,
  apiKey: string,
): AdapterConfig {
  return {
    provider: provider === 'oumi' ? 'compatible' : provider,
    model: config.model,
    baseUrl: config.baseUrl,
    apiKey,
    keyVariable: keyVariables[provider],
    price: config.price ?? priceOf(provider, config.model),
    timeoutMs: config.timeoutMs ?? tenMinutes,
    retry: { ...defaultRetry, ...config.retry },
  }
}

function keyOf(config: ModelConfig, provider: 'openai' | 'together' | 'anthropic'): string {
  if (config.apiKey) return config.apiKey
  const variable = keyVariables[provider]
  throw new AppError(
    'bad_config',
    `There is no key for the model ${config.model} of ${provider}: ${variable} is not set.`,
    {
      place: variable,
      mend: `Set ${variable}, or use a server of your own: provider "compatible" with COMPATIBLE_BASE_URL, or USE_OUMI_MODEL with OUMI_ENDPOINT. A running server reads keys at its start.`,
    },
  )
}

function requireUrl(config: ModelConfig): void {
  if (config.baseUrl) return
  const variable = config.provider === 'oumi' ? 'OUMI_ENDPOINT' : 'COMPATIBLE_BASE_URL'
  throw new AppError(
    'bad_config',
    `There is no address for the model ${config.model}: ${variable} is not set.`,
    {
      place: variable,
      mend: `Set ${variable} to the server's address with its version, for example http://127.0.0.1:11434/v1. A running server reads it at its start.`,
    },
  )
}

function recordingOf(config: ModelConfig): string {
  if (config.recording) return config.recording
  throw new AppError(
    'bad_config',
    'The provider "recorded" needs a recording to replay, and none is named.',
    {
      place: 'llm.recording',
      mend: 'Name the file of a recording.',
    },
  )
}
