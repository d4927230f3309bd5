import { calcPrice, type ModelPrice as ListedPrice, type TieredPrices } from '@pydantic/genai-prices'
import type { ModelPrice, TokenRates } from '@/lib/core/cost'

/** Providers as the price list names them. */
const listed: Readonly<Record<string, string>> = {
  openai: 'openai',
  together: 'together',
  anthropic: 'anthropic',
}

/**
 * The price of a model from the offline list of @pydantic/genai-prices.
 * Anthropic bills tokens that it writes to its cache above its plain input rate, and our requests mark the whole
 * prompt for the cache, so its input rate here is the cache-writing rate: a bill is never above what we count.
 * @returns null where the list has no such provider or model: the ledger then counts tokens alone.
 */
export function priceOf(provider: string, model: string): ModelPrice | null {
  const providerId = listed[provider]
  if (!providerId) return null
  const found = calcPrice({ input_tokens: 1, output_tokens: 1 }, model, { providerId })
  if (!found) return null
  const prices = found.model_price
  const base = ratesAt(prices, provider, (price) => (isTiered(price) ? price.base : price))
  if (!base) return null
  const start = firstTier(prices)
  if (start === undefined) return base
  const long = ratesAt(prices, provider, (price) => (isTiered(price) ? dearest(price) : price))
  return long ? { ...base, longInput: { ...long, overTokens: start } } : base
}

type Listed = ListedPrice[string]

/** Not `instanceof`: the list's data holds plain objects of that shape. */
function isTiered(price: Listed): price is TieredPrices {
  return typeof price === 'object'
}

function ratesAt(
  prices: ListedPrice,
  provider: string,
  rate: (price: Listed) => number | undefined,
): TokenRates | null {
  const plain = rate(prices.input_mtok)
  const output = rate(prices.output_mtok)
  if (plain === undefined || output === undefined) return null
  const written = provider === 'anthropic' ? rate(prices.cache_write_mtok) : undefined
  return {
    input: Math.max(plain, written ?? 0),
    output,
    cachedInput: rate(prices.cache_read_mtok) ?? plain,
  }
}

/** Where the first dearer tier begins; with several tiers the dearest is charged from there on, never too little. */
function firstTier(prices: ListedPrice): number | undefined {
  const starts = [
    prices.input_mtok,
    prices.output_mtok,
    prices.cache_read_mtok,
    prices.cache_write_mtok,
  ].flatMap((price) => (isTiered(price) ? price.tiers.map((tier) => tier.start) : []))
  return starts.length > 0 ? Math.min(...starts) : undefined
}

function dearest(price: TieredPrices): number {
  return Math.max(price.base, ...price.tiers.map((tier) => tier.price))
}
