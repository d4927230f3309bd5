import { RequestError } from 'octokit'
import { AppError, type ErrorDetails, toAppError } from '@/lib/errors'

/**
 * Stops a request before it is sent. Under this name octokit passes it on as it is; every other error in its fetch is
 * a failed connection, which it tries again.
 */
export class Refused extends Error {
  override readonly name = 'AbortError'
  /** octokit writes it. */
  status = 0

  constructor(cause: unknown) {
    super('stopped before it was sent', { cause })
  }
}

interface Where {
  readonly owner: string
  readonly repo: string
  /** What was being done, as in "Opening the pull request". */
  readonly doing: string
}

type Headers = Readonly<Record<string, string | number | undefined>>

function headersOf(error: RequestError): Headers {
  return error.response?.headers ?? {}
}

/** Milliseconds to wait, from `retry-after` (seconds) or `x-ratelimit-reset` (seconds since 1970), at least 1 s. */
function waitOf(headers: Headers, now: number): number {
  const after = Number(headers['retry-after'])
  if (Number.isFinite(after) && after > 0) return after * 1000
  const reset = Number(headers['x-ratelimit-reset'])
  if (!Number.isFinite(reset) || reset <= 0) return 60_000
  return Math.max(1000, reset * 1000 - now)
}

function isRateLimit(error: RequestError): boolean {
  if (error.status === 429) return true
  if (error.status !== 403) return false
  const headers = headersOf(error)
  return (
    String(headers['x-ratelimit-remaining']) === '0' ||
    headers['retry-after'] !== undefined ||
    /rate limit|abuse detection/i.test(error.message)
  )
}

/** What the token would need, as GitHub's own headers say it. */
function permissionMend(error: RequestError): string {
  const headers = headersOf(error)
  const fine = headers['x-accepted-github-permissions']
  if (fine) return `Give the token or the App installation these repository permissions: ${String(fine)}.`
  const wanted = headers['x-accepted-oauth-scopes']
  const has = headers['x-oauth-scopes']
  if (wanted)
    return `Give the token one of these scopes: ${String(wanted)} (it has: ${String(has) || 'none'}).`
  return 'Give the token read and write on contents, pull requests and issues (classic: the scope `repo`).'
}

/** GitHub's message with the fields that it names in `errors`. */
function wordsOf(error: RequestError): string {
  const data: unknown = error.response?.data
  if (typeof data !== 'object' || data === null || !('errors' in data) || !Array.isArray(data.errors)) {
    return error.message
  }
  const fields = data.errors.map((entry: unknown) =>
    typeof entry === 'string' ? entry : JSON.stringify(entry),
  )
  return `${error.message} ${fields.join('; ')}`
}

/**
 * An AppError for whatever a call to GitHub threw.
 * @returns 'forge_error' with what the token lacks or when to try again; an AppError is given back as it is.
 */
export function toForgeError(error: unknown, where: Where, now = Date.now()): AppError {
  if (error instanceof AppError) return error
  if (error instanceof Refused) return toAppError(error.cause)
  const place = `${where.owner}/${where.repo}`
  const make = (message: string, details: ErrorDetails) =>
    new AppError('forge_error', `${where.doing}: ${message}`, { place, cause: error, ...details })
  if (!(error instanceof RequestError)) {
    const message = error instanceof Error ? error.message : String(error)
    // octokit gives a failed connection as a RequestError of status 500: what comes here is a key that cannot be
    // read, or GraphQL's refusal inside an answer of status 200.
    return make(message, {
      transient: /rate.?limit/i.test(message),
      mend: 'See the token’s permissions (pull requests: write) or, for an App, its key and installation.',
    })
  }
  if (isRateLimit(error)) {
    const retryAfterMs = waitOf(headersOf(error), now)
    const mend =
      'Nothing to do: it is tried again by itself. An App installation has a higher limit than a token.'
    return make('GitHub wants slower calls (rate limit).', { transient: true, retryAfterMs, mend })
  }
  switch (error.status) {
    case 401:
      return make('GitHub does not accept the token.', {
        mend: 'Set GITHUB_TOKEN (or the GITHUB_APP_* variables) to one that is valid and not expired.',
      })
    case 403:
      return make(`the token may not do this: ${error.message}`, { mend: permissionMend(error) })
    case 404:
      return make('not there, or the token does not see it.', {
        mend: `See that ${place} exists. ${permissionMend(error)}`,
      })
    case 409:
      return make(`GitHub reports a conflict: ${wordsOf(error)}`, {
        mend: 'Look at the branch and the pull request, then `devpilot runs retry <run>`.',
      })
    case 422:
      return make(`GitHub refuses the input: ${wordsOf(error)}`, {
        mend: 'Mend what the message names, then `devpilot runs retry <run>`.',
      })
    default:
      return make(`GitHub answered ${error.status}: ${error.message}`, {
        transient: error.status >= 500,
        mend: 'See the forge’s status page; `devpilot runs retry <run>` when it works again.',
      })
  }
}

/** The HTTP status of an error of octokit, else null. */
export function statusOf(error: unknown): number | null {
  return error instanceof RequestError ? error.status : null
}
