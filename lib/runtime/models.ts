import { join } from 'node:path'
import type { Model, ModelPrice } from '@/lib/agents/model'
import type { Config } from '@/lib/core/config'
import type { AgentName } from '@/lib/core/flow'
import { providerNames } from '@/lib/core/names'
import type { RunOverrides } from '@/lib/core/trigger'
import { type Env, env } from '@/lib/env'
import { AppError } from '@/lib/errors'
import type { ModelProvider } from '@/lib/models'
import { packageRoot } from '@/lib/root'

/** A model where the configuration names none; the provider's own names, of models whose price is known. */
export const defaultModels: Partial<Record<ModelProvider, string>> = {
  openai: 'gpt-4.1',
  anthropic: 'claude-opus-4-6',
  together: 'meta-llama/Llama-3.3-70B-Instruct-Turbo',
  oumi: 'oumi',
}

export interface ModelChoice {
  readonly config: Config
  readonly overrides: RunOverrides
  /** Folders of this machine that must not tell two recordings apart. */
  readonly roots: readonly string[]
  /** The environment; default: this process's. */
  readonly from?: Env
}

/** A recording counts which answer comes next, so each file has one instance in a process. */
const recordings = new Map<string, Model>()

/**
 * The model of one agent in a run: what the run sets, then the agent's, then `llm` of the configuration.
 * @throws AppError('bad_config') that names the missing variable.
 */
export async function modelFor(agent: AgentName, choice: ModelChoice): Promise<Model> {
  const { config, overrides, roots, from = env() } = choice
  const { recordedModel, recording, resolveModel } = await import('@/lib/models')
  if (overrides.recording) {
    const known =
      recordings.get(overrides.recording) ??
      recordedModel(overrides.recording, { roots, ...mendOf(overrides.recording) })
    recordings.set(overrides.recording, known)
    return known
  }
  const provider = chooseProvider(config, overrides, from)
  const model =
    overrides.models?.[agent] ??
    overrides.model ??
    config.agents[agent].model ??
    config.llm.model ??
    defaultModels[provider]
  if (!model) {
    throw new AppError('bad_config', `The provider ${provider} needs the name of a model.`, {
      place: 'llm.model',
      mend: 'Set llm.model in devpilot.yaml, or pass --model.',
    })
  }
  const price = priceOf(config)
  const wanted = {
    provider,
    ...(provider === 'compatible' && config.llm.base_url ? { baseUrl: config.llm.base_url } : {}),
    ...(price ? { price } : {}),
  }
  const fallbackModel = config.llm.fallback_model
  for (const name of fallbackModel ? [model, fallbackModel] : [model])
    assertPrice(resolveModel(from, { ...wanted, model: name }), from)
  const made = resolveModel(from, { ...wanted, model, fallbackModel })
  return overrides.record ? recording(made, overrides.record, { roots }) : made
}

const ownAddress = {
  openai: 'OPENAI_BASE_URL',
  together: 'TOGETHER_BASE_URL',
  anthropic: 'ANTHROPIC_BASE_URL',
} as const

/**
 * A model that is paid for has a price, or the money limits would hold nothing back. A server behind an address of
 * the user's own may have none.
 */
function assertPrice({ provider, name, price }: Model, from: Env): void {
  if (price !== null || !(provider === 'openai' || provider === 'together' || provider === 'anthropic'))
    return
  if (from[ownAddress[provider]]) return
  throw new AppError('bad_config', `The price of ${name} (${provider}) is not known.`, {
    place: 'llm.prices',
    mend: 'Set llm.prices in devpilot.yaml (input_per_million, output_per_million, in dollars), or use another model.',
  })
}

function chooseProvider(config: Config, overrides: RunOverrides, from: Env): ModelProvider {
  const named = providerNames.find((name) => name === (overrides.provider ?? config.llm.provider))
  if (named) return named
  if (from.USE_OUMI_MODEL) return 'oumi'
  if (from.ANTHROPIC_API_KEY) return 'anthropic'
  if (from.OPENAI_API_KEY) return 'openai'
  if (from.TOGETHER_API_KEY) return 'together'
  if (from.COMPATIBLE_BASE_URL) return 'compatible'
  throw new AppError('bad_config', 'There is no key for any model.', {
    place: 'llm.provider',
    mend: 'Set ANTHROPIC_API_KEY, OPENAI_API_KEY or TOGETHER_API_KEY, or COMPATIBLE_BASE_URL for a local server (Ollama, vLLM, llama.cpp). A running server reads keys at its start.',
  })
}

/** The demo's own recording is made again by the demo itself. */
function mendOf(recording: string): { mend?: string } {
  return recording.startsWith(join(packageRoot(), 'samples'))
    ? { mend: 'npm run demo -- --record (with a key of a real model in the environment)' }
    : {}
}

function priceOf({ llm }: Config): ModelPrice | null {
  if (!llm.prices) return null
  const {
    input_per_million: input,
    output_per_million: output,
    cached_input_per_million: cached,
  } = llm.prices
  return { input, output, cachedInput: cached ?? input }
}
