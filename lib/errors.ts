import { AppError } from '@/lib/core/app-error'

export { AppError, type ErrorCode, type ErrorDetails, errorStatus } from '@/lib/core/app-error'

/** An `AppError` for anything thrown: unknown errors become `internal` and keep their cause. */
export function toAppError(error: unknown): AppError {
  if (error instanceof AppError) return error
  const root = rootOf(error)
  // Ours already: a connection that could not be made.
  if (root instanceof AppError) return root
  const code = systemCode(root)
  const passes = code !== undefined && again.includes(code)
  const unavailable = passes ? null : databaseTrouble(error, root, code)
  if (unavailable !== null) return databaseUnavailable(error, unavailable)
  if (code === 'ENOSPC' || code === 'EDQUOT') {
    return new AppError('disk_full', 'The disk is full.', {
      mend: 'Free some space, then `devpilot runs retry <run>`: it goes on at this step, with all that was committed.',
      cause: error,
    })
  }
  if (code === 'ECONNREFUSED' || code === 'ECONNRESET' || code === 'ETIMEDOUT' || code === 'EPIPE') {
    return new AppError('internal', `The connection failed (${code}).`, { transient: true, cause: error })
  }
  const message = root instanceof Error ? root.message : String(root)
  if (passes) {
    const said = `The database could not answer: ${message}`
    return new AppError('internal', said, { transient: true, cause: error })
  }
  return new AppError('internal', message, { cause: error })
}

const GONE = 'The database went away, or is starting again.'

/** For every failure of a database that was there before: whoever works waits for it. */
export function databaseUnavailable(cause: unknown, message = GONE): AppError {
  return new AppError('unavailable', message, {
    mend: 'Nothing that was committed is lost: work goes on by itself when it is back.',
    transient: true,
    retryAfterMs: 5_000,
    cause,
  })
}

/** What lies under Drizzle's own error, whose message is the statement with all of its values. */
function rootOf(error: unknown): unknown {
  const wraps = isQueryError(error) && error.cause !== undefined
  return wraps ? rootOf(error.cause) : error
}

function isQueryError(error: unknown): error is Error {
  return error instanceof Error && error.message.startsWith('Failed query:')
}

/**
 * What undoes a statement or transaction and nothing else, so that the same again may pass: deadlock, failed
 * serialization, a time limit or somebody who cancelled, a lock that did not come, a transaction that took too long.
 */
const again = ['40P01', '40001', '57014', '55P03', '25P03', '25P04']

const troubles: readonly (readonly [RegExp, string])[] = [
  [/^53300$/, 'The database takes no more connections.'],
  [/^53100$/, 'The disk of the database server is full.'],
  [/^25006$/, 'The database is read-only at the moment.'],
  [/^53...$/, 'The database server is short of something that it needs.'],
  [/^58...$/, 'The system below the database server failed it.'],
  [/^(?:0800[0-7]|57P0[1-5])$/, GONE],
  // What is under way when another version upgrades the database; lib/runtime/superseded.ts ends it.
  [
    /^(?:42883|42703|42P01)$/,
    'The database is not as this version of DevPilot knows it. Run the newer version here, if it was upgraded.',
  ],
]

/** It ended the connection and not the statement alone: poolers say so under whatever code, also 08P01 and XX000. */
function endsConnection(root: unknown): boolean {
  const severity = typeof root === 'object' && root !== null && 'severity' in root ? root.severity : null
  return severity === 'FATAL' || severity === 'PANIC'
}

/**
 * Why a database that was there cannot answer now, in words without its address; null for every other error. Codes
 * are those of the PostgreSQL manual, appendix A; what has none is in the drivers' own words.
 */
function databaseTrouble(error: unknown, root: unknown, code: string | undefined): string | null {
  const found = troubles.find(([when]) => code !== undefined && when.test(code))
  if (found) return found[1]
  const lost =
    /^(?:Connection terminated|Client has encountered a connection error|Client was closed|timeout exceeded when trying to connect)/
  const message = root instanceof Error ? root.message : ''
  // A connection that failed is the database's only where a query was wrapped about it.
  const refused = isQueryError(error) && (isSocketError(root) || isSocketCode(code))
  return refused || endsConnection(root) || lost.test(message) ? GONE : null
}

function isSocketCode(code: string | undefined): boolean {
  return /^(?:ECONN(?:REFUSED|RESET|ABORTED)|ETIMEDOUT|EPIPE|ENOTFOUND|EAI_AGAIN|EHOSTUNREACH)$/.test(
    code ?? '',
  )
}

/** The event that a WebSocket, or a socket over several addresses, fails with; it is no Error or holds several. */
function isSocketError(root: unknown): boolean {
  if (root instanceof AggregateError) return root.errors.some((one) => isSocketCode(systemCode(one)))
  return (
    typeof root === 'object' &&
    root !== null &&
    !(root instanceof Error) &&
    'type' in root &&
    root.type === 'error'
  )
}

function systemCode(error: unknown): string | undefined {
  if (typeof error !== 'object' || error === null || !('code' in error)) return undefined
  return typeof error.code === 'string' ? error.code : undefined
}
