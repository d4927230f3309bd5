import { defaultConfig, limitsOf } from '@/lib/core/config'
import { type AgentName, agentsOf } from '@/lib/core/flow'
import { AppError } from '@/lib/errors'
import type { ForkModels, ForkReaders } from '@/lib/services/runs/fork-input'
import { fileAt } from '@/lib/workspace/bench/base'
import { parseConfig } from '@/lib/workspace/config/parse'
import { hasCommit } from '@/lib/workspace/git/bundle'
import { mirrorHere } from './mirror-here'
import { modelFor } from './models'
import { checkedPrompt } from './prompts'

/** How this program reads the prompts, the configuration and the models that a fork brings along. */
export const forkReaders: ForkReaders = {
  prompt: checkedPrompt,
  limits: (text) => limitsOf(parseConfig(text, 'config')),
  async models(fork) {
    const { home, repository, baseSha, flow, overrides } = fork
    const mirror = await mirrorHere(home, repository)
    // Another machine works on it, whose keys and files are not here: its worker says what is wrong.
    if (mirror === null || !(await hasCommit(mirror, baseSha))) return
    const text = overrides.config ?? (await fileAt(mirror, baseSha, 'devpilot.yaml'))
    const config = text === null ? defaultConfig() : parseConfig(text, 'devpilot.yaml')
    for (const agent of agentsOf(flow)) {
      await modelFor(agent, { config, overrides, roots: [home] }).catch((error: unknown) => {
        throw error instanceof AppError && error.code === 'bad_config' ? named(fork, agent, error) : error
      })
    }
  },
}

/** The same, with the field of the fork that it comes from. */
function named({ wanted }: ForkModels, agent: AgentName, cause: AppError): AppError {
  const { provider, model, models } = wanted
  const fields = [
    [`models.${agent}`, models?.[agent]],
    ['model', model],
    ['provider', provider],
  ] as const
  const field = fields.find(([, value]) => value !== undefined)?.[0] ?? 'config'
  const other = field === 'provider' && ['llm.model', 'llm.prices'].includes(cause.place ?? '')
  const mend = `${other ? 'Name a model of that provider with `model`. ' : ''}${cause.mend ?? ''}`
  return new AppError('bad_config', `${field}: ${cause.message}`, {
    place: field,
    mend,
    cause,
  })
}
