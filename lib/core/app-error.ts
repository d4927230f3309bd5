/** The closed list of things that can go wrong, each with the HTTP status that a surface answers with. */
export const errorStatus = {
  bad_request: 400,
  bad_config: 400,
  unauthorized: 401,
  forbidden: 403,
  not_found: 404,
  conflict: 409,
  stale_evidence: 409,
  illegal_transition: 409,
  unprocessable: 422,
  too_large: 413,
  rate_limited: 429,
  budget_spent: 402,
  lease_lost: 409,
  repository_unusable: 422,
  sandbox_unavailable: 503,
  /** A server that this one needs is away: its database, Temporal. */
  unavailable: 503,
  model_error: 502,
  forge_error: 502,
  /** git itself, or the server that it asked. */
  git_error: 502,
  disk_full: 507,
  not_configured: 503,
  timeout: 504,
  cancelled: 499,
  internal: 500,
} as const

export type ErrorCode = keyof typeof errorStatus

export interface ErrorDetails {
  /** What the reader can do about it, as a sentence or a command. */
  readonly mend?: string
  /** The place: a field path, `file:line:column`, a step. */
  readonly place?: string
  /** Whether the same call may work later; backoff applies. */
  readonly transient?: boolean
  /** For transient errors: wait at least this long, in milliseconds. */
  readonly retryAfterMs?: number
  /** For model errors: the provider refused before any work, so nothing can have been charged. */
  readonly uncharged?: boolean
  readonly cause?: unknown
}

/**
 * Next bundles instrumentation, pages and routes apart, each with its own copy of this class, and the runtime is
 * shared among them: an error is told by this mark and not by its class.
 */
const brand = Symbol.for('devpilot.AppError')

/** The one error of this program: a code, a sentence for people, a mend. Everything else is masked at the edge. */
export class AppError extends Error {
  readonly [brand] = true
  readonly code: ErrorCode
  readonly mend: string | undefined
  readonly place: string | undefined
  readonly transient: boolean
  readonly retryAfterMs: number | undefined
  readonly uncharged: boolean

  constructor(code: ErrorCode, message: string, details: ErrorDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause })
    this.name = 'AppError'
    this.code = code
    this.mend = details.mend
    this.place = details.place
    this.transient = details.transient ?? false
    this.retryAfterMs = details.retryAfterMs
    this.uncharged = details.uncharged ?? false
  }

  static override [Symbol.hasInstance](value: unknown): boolean {
    return typeof value === 'object' && value !== null && brand in value
  }

  get status(): number {
    return errorStatus[this.code]
  }
}
