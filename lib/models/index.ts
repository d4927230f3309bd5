export {
  createModel,
  type ModelConfig,
  type ModelProvider,
  modelProviders,
} from '@/lib/models/create'
// Exact counts are in tokens.ts alone, which is slow to load.
export { estimateTokens, requestTokens } from '@/lib/models/estimate'
export { withFallback } from '@/lib/models/fallback'
export { priceOf } from '@/lib/models/prices'
export { recordedModel } from '@/lib/models/recorded'
export { recording } from '@/lib/models/recording'
export { normalise, requestHash } from '@/lib/models/request-hash'
export { type LlmConfig, resolveModel } from '@/lib/models/resolve'
