export {
  createModel,
  keyVariables,
  type ModelConfig,
  type ModelProvider,
  modelProviders,
} from '@/lib/models/create'
export { withFallback } from '@/lib/models/fallback'
export { priceOf } from '@/lib/models/prices'
export { recordedModel } from '@/lib/models/recorded'
export { recording } from '@/lib/models/recording'
export { normalise, requestHash } from '@/lib/models/request-hash'
export { type LlmConfig, resolveModel } from '@/lib/models/resolve'
export { countTokens, estimateTokens, requestTokens } from '@/lib/models/tokens'
