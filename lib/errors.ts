import { AppError } from '@/lib/core/app-error'

export { AppError, type ErrorCode, type ErrorDetails, errorStatus } from '@/lib/core/app-error'

/** An `AppError` for anything thrown: unknown errors become `internal` and keep their cause. */
export function toAppError(error: unknown): AppError {
  if (error instanceof AppError) return error
  const root = rootOf(error)
  const code = systemCode(root)
  // 53100 is PostgreSQL's disk_full.
  if (code === 'ENOSPC' || code === 'EDQUOT' || code === '53100') {
    return new AppError('disk_full', 'The disk is full.', {
      mend: 'Free some space, then `devpilot runs retry <run>`: it goes on at this step, with all that was committed.',
      cause: error,
    })
  }
  if (code === 'ECONNREFUSED' || code === 'ECONNRESET' || code === 'ETIMEDOUT' || code === 'EPIPE') {
    return away(`A server that DevPilot needs does not answer (${code}).`, error)
  }
  const message = root instanceof Error ? root.message : String(root)
  if (isPassing(code, message)) {
    return away(`The database could not answer: ${message}`, error)
  }
  return new AppError('internal', message, { cause: error })
}

/** Told as it is, not masked: whoever reads it can start the server again, and nothing is lost meanwhile. */
function away(message: string, cause: unknown): AppError {
  return new AppError('unavailable', message, {
    mend: 'Is the database up? DevPilot goes on by itself when it answers again.',
    transient: true,
    cause,
  })
}

/** What lies under Drizzle's own error, whose message is the statement with all of its values. */
function rootOf(error: unknown): unknown {
  const wraps =
    error instanceof Error && error.message.startsWith('Failed query:') && error.cause !== undefined
  return wraps ? rootOf(error.cause) : error
}

/**
 * Whether a database may answer later: lost connections (class 08, 57P0x, and the driver's own words), too many of
 * them (53300), deadlocks and serialization (40P01, 40001). Source: PostgreSQL manual, appendix A.
 */
function isPassing(code: string | undefined, message: string): boolean {
  if (code !== undefined && /^(?:08...|57P0[1-5]|53300|40P01|40001)$/.test(code)) return true
  return /^(?:Connection terminated|timeout exceeded when trying to connect)/.test(message)
}

function systemCode(error: unknown): string | undefined {
  if (typeof error !== 'object' || error === null || !('code' in error)) return undefined
  return typeof error.code === 'string' ? error.code : undefined
}
