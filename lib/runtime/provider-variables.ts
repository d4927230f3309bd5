import type { ProviderName } from '@/lib/core/names'
import type { Env } from '@/lib/env'

/** The variables that set a provider up: what it cannot be asked without, and what else it takes. */
export interface ProviderVariables {
  readonly needed: keyof Env
  readonly more: readonly (keyof Env)[]
}

/** `recorded` needs none. */
export const providerVariables: Readonly<Record<Exclude<ProviderName, 'recorded'>, ProviderVariables>> = {
  anthropic: { needed: 'ANTHROPIC_API_KEY', more: ['ANTHROPIC_BASE_URL'] },
  openai: { needed: 'OPENAI_API_KEY', more: ['OPENAI_BASE_URL'] },
  together: { needed: 'TOGETHER_API_KEY', more: ['TOGETHER_BASE_URL'] },
  compatible: { needed: 'COMPATIBLE_BASE_URL', more: ['COMPATIBLE_API_KEY'] },
  oumi: { needed: 'OUMI_ENDPOINT', more: ['OUMI_API_KEY'] },
}
