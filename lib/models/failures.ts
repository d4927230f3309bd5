import type { ModelRequest } from '@/lib/agents/model'
import { AppError } from '@/lib/errors'
import { redact } from '@/lib/log'
import { requestTokens } from '@/lib/models/estimate'
import { type ReadableHeaders, retryAfterMs } from '@/lib/models/retries'

/** What an adapter knows of itself, for the sentences of its errors. */
export interface Endpoint {
  readonly provider: string
  readonly model: string
  readonly baseUrl: string | undefined
  readonly apiKey: string
  /** The environment variable that holds the key, `OPENAI_API_KEY`. */
  readonly keyVariable: string
}

/** What the three SDKs' errors have in common; none of it where the connection failed. */
interface WireFailure {
  readonly status: number | undefined
  readonly headers: ReadableHeaders | undefined
  readonly code: string
  readonly text: string
}

/** An SDK's error as an AppError('model_error'): `transient` where a later try may work, with a mend where not. */
export function modelFailure(error: unknown, endpoint: Endpoint, request: ModelRequest): AppError {
  if (error instanceof AppError) return error
  const wire = wireFailure(error)
  const name = `${endpoint.provider} (${endpoint.model})`
  const text = clean(wire.text, endpoint)
  if (wire.status === undefined) return unreachable(error, name, text, endpoint)
  const said = `${name} answered ${wire.status}: ${text}`
  if (isTransient(wire)) {
    const wait = retryAfterMs(wire.headers, Date.now())
    return new AppError('model_error', said, {
      transient: true,
      mend:
        wire.status === 429
          ? 'Wait, or raise the rate limit of your plan.'
          : 'Wait, or set `llm.fallback_model`.',
      cause: error,
      uncharged: isUncharged(wire.status),
      ...(wait === undefined ? {} : { retryAfterMs: wait }),
    })
  }
  return new AppError('model_error', said, {
    ...mendFor(wire, endpoint, request),
    cause: error,
    uncharged: isUncharged(wire.status),
  })
}

/**
 * Whether a status says that no work was done: refused (4xx, but for a request that timed out there), or overloaded
 * (503, Anthropic's 529). Any other 5xx may come after the work.
 */
function isUncharged(status: number): boolean {
  return (status >= 400 && status < 500 && status !== 408) || status === 503 || status === 529
}

/** For an answer of status 200 that is no chat completion: a proxy's page, a cut body. Worth another try. */
export function unreadableAnswer(body: unknown, endpoint: Endpoint, cause?: unknown): AppError {
  const text = typeof body === 'string' ? body : (JSON.stringify(body) ?? 'nothing')
  return new AppError(
    'model_error',
    `${endpoint.provider} (${endpoint.model}) sent something that is no chat answer: ${clean(text, endpoint)}`,
    {
      transient: true,
      mend: `Check that ${endpoint.baseUrl ?? 'the base URL'} is the address of a chat API, with its version (\`/v1\`).`,
      cause,
    },
  )
}

/** Whether the model cannot be had for now: an outage or a limit that outlived the tries, or a spent account. */
export function isUnavailable(error: unknown): boolean {
  if (!(error instanceof AppError) || error.code !== 'model_error') return false
  return error.transient || isSpent(wireFailure(error.cause))
}

/** The provider's own words of a refused request, lower case, for adapters that learn from them; else null. */
export function badRequestText(error: unknown): string | null {
  const wire = wireFailure(error)
  return wire.status === 400 || wire.status === 422 ? `${wire.code} ${wire.text}`.toLowerCase() : null
}

function wireFailure(error: unknown): WireFailure {
  if (typeof error !== 'object' || error === null) {
    return { status: undefined, headers: undefined, code: '', text: String(error) }
  }
  const body = 'error' in error ? error.error : undefined
  const nested = field(body, 'error') ?? body
  const message = field(nested, 'message') ?? (error instanceof Error ? error.message : undefined)
  const status = 'status' in error ? error.status : undefined
  const headers = 'headers' in error ? error.headers : undefined
  return {
    status: typeof status === 'number' ? status : undefined,
    headers: isHeaders(headers) ? headers : undefined,
    code: [field(nested, 'code'), field(nested, 'type')].filter((part) => typeof part === 'string').join(' '),
    text: typeof message === 'string' && message !== '' ? message : 'no message',
  }
}

/** Not `instanceof Headers`: undici's class is not the global one. */
function isHeaders(value: unknown): value is ReadableHeaders {
  return typeof value === 'object' && value !== null && 'get' in value && typeof value.get === 'function'
}

function field(value: unknown, name: string): unknown {
  if (typeof value !== 'object' || value === null) return undefined
  return Object.entries(value).find(([key]) => key === name)?.[1]
}

function isTransient(wire: WireFailure): boolean {
  if (wire.status === undefined) return true
  if (isSpent(wire)) return false
  return wire.status >= 500 || [408, 409, 425, 429].includes(wire.status)
}

/** An account without money: OpenAI says it with 429 `insufficient_quota`, Together with 402, Anthropic in words. */
function isSpent(wire: WireFailure): boolean {
  return wire.status === 402 || /insufficient_quota|billing|credit balance/i.test(`${wire.code} ${wire.text}`)
}

const tooLong =
  /context[ _]?(length|window)|prompt is too long|maximum context|too many tokens|input is too long/i

function mendFor(
  wire: WireFailure,
  endpoint: Endpoint,
  request: ModelRequest,
): { mend: string; place?: string } {
  if (isSpent(wire)) return { mend: `Add credit to the ${endpoint.provider} account, or set another model.` }
  if (wire.status === 413 || tooLong.test(`${wire.code} ${wire.text}`)) {
    return {
      place: `the request: ${request.messages.length} messages, about ${requestTokens(request)} tokens`,
      mend: 'The request is longer than the model can read: give the agent a smaller context budget, or use a model with a longer context.',
    }
  }
  switch (wire.status) {
    case 401:
      return {
        place: endpoint.keyVariable,
        mend: `The key in ${endpoint.keyVariable} was refused: set a valid one.`,
      }
    case 403:
      return {
        place: endpoint.keyVariable,
        mend: `The key in ${endpoint.keyVariable} may not use ${endpoint.model}: allow it at the provider, or use another model.`,
      }
    case 404:
      return {
        place: 'llm.model',
        mend: `Check the name of the model, "${endpoint.model}", and the address, ${endpoint.baseUrl ?? 'the default one'}.`,
      }
    default:
      return { mend: 'The provider refused the request as it is; trying it again will not help.' }
  }
}

function unreachable(error: unknown, name: string, text: string, endpoint: Endpoint): AppError {
  const code = rootCause(error)
  return new AppError('model_error', `${name} could not be reached: ${text}${code && ` (${code})`}`, {
    transient: true,
    uncharged: neverConnected.includes(code),
    mend: `Check the network and the address, ${endpoint.baseUrl ?? 'the default one'}.`,
    cause: error,
  })
}

/** What a connection that was never made ends with: no request was sent. */
const neverConnected = [
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'UND_ERR_CONNECT_TIMEOUT',
]

/** The system's own code (`ECONNREFUSED`), which SDKs keep two causes deep; empty where there is none. */
function rootCause(error: unknown): string {
  let cause: unknown = error
  for (let depth = 0; depth < 5; depth += 1) {
    const code = field(cause, 'code')
    if (typeof code === 'string') return code
    cause = cause instanceof Error ? cause.cause : undefined
  }
  return ''
}

function clean(text: string, endpoint: Endpoint): string {
  const known = endpoint.apiKey.length >= 8 ? text.replaceAll(endpoint.apiKey, '[redacted]') : text
  const line = redact(known).replace(/\s+/g, ' ').trim()
  return line.length > 300 ? `${line.slice(0, 300)}…` : line
}
