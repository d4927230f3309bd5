import type { Model, ModelPrice } from '@/lib/agents/model'
import type { Env } from '@/lib/env'
import { AppError } from '@/lib/errors'
import { createModel, type ModelConfig, type ModelProvider } from '@/lib/models/create'
import { withFallback } from '@/lib/models/fallback'

/** The `llm` part of a configuration. It comes from a repository, so it may not say where the user's keys go. */
export interface LlmConfig {
  readonly provider: ModelProvider
  readonly model: string
  /** Of the same provider; used while the first cannot be had. */
  readonly fallbackModel?: string | undefined
  /** For `compatible` alone. */
  readonly baseUrl?: string | undefined
  readonly price?: ModelPrice | undefined
  readonly recording?: string | undefined
  readonly mend?: string | undefined
  readonly roots?: readonly string[] | undefined
  readonly timeoutMs?: number | undefined
}

/**
 * The model of a configuration, with its key and address from the environment. `USE_OUMI_MODEL` wins over every
 * provider but `recorded`, which calls none.
 * @throws AppError('bad_config') that names the missing variable and the mend.
 */
export function resolveModel(env: Env, llm: LlmConfig): Model {
  const provider: ModelProvider = env.USE_OUMI_MODEL && llm.provider !== 'recorded' ? 'oumi' : llm.provider
  const access = accessOf(env, provider, llm.baseUrl)
  const { fallbackModel, ...rest } = llm
  const config: ModelConfig = { ...rest, ...access, provider }
  const model = createModel(config)
  if (!fallbackModel || provider === 'recorded') return model
  return withFallback(model, createModel({ ...config, model: fallbackModel, price: undefined }))
}

type Access = Pick<ModelConfig, 'baseUrl' | 'apiKey'>

function accessOf(env: Env, provider: ModelProvider, baseUrl: string | undefined): Access {
  switch (provider) {
    case 'openai':
      return fixed(provider, baseUrl, { apiKey: env.OPENAI_API_KEY, baseUrl: env.OPENAI_BASE_URL })
    case 'together':
      return fixed(provider, baseUrl, { apiKey: env.TOGETHER_API_KEY, baseUrl: env.TOGETHER_BASE_URL })
    case 'anthropic':
      return fixed(provider, baseUrl, { apiKey: env.ANTHROPIC_API_KEY, baseUrl: env.ANTHROPIC_BASE_URL })
    case 'compatible':
      return compatible(env, baseUrl)
    case 'oumi':
      return { apiKey: env.OUMI_API_KEY, baseUrl: env.OUMI_ENDPOINT }
    case 'recorded':
      return {}
    default:
      return provider satisfies never
  }
}

/** A repository that could name the address would be sent the user's key. */
function fixed(provider: string, configured: string | undefined, access: Access): Access {
  if (configured === undefined || configured === access.baseUrl) return access
  const variable = `${provider.toUpperCase()}_BASE_URL`
  throw new AppError(
    'bad_config',
    `The configuration may not set the address of ${provider}: the key would go there.`,
    {
      place: 'llm.base_url',
      mend: `Remove it and set ${variable} in the environment, or use provider "compatible".`,
    },
  )
}

function compatible(env: Env, configured: string | undefined): Access {
  const url = configured ?? env.COMPATIBLE_BASE_URL
  const apiKey = env.COMPATIBLE_API_KEY
  if (!url || !apiKey) return { baseUrl: url }
  const trusted = env.COMPATIBLE_BASE_URL
  if (trusted && URL.canParse(url) && new URL(url).origin === new URL(trusted).origin)
    return { baseUrl: url, apiKey }
  throw new AppError(
    'bad_config',
    `COMPATIBLE_API_KEY is not sent to ${url}: only the configuration names it.`,
    {
      place: 'llm.base_url',
      mend: 'Set COMPATIBLE_BASE_URL to that address, or unset COMPATIBLE_API_KEY.',
    },
  )
}
