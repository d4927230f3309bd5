import { AppError } from '@/lib/core/app-error'

export { AppError, type ErrorCode, type ErrorDetails, errorStatus } from '@/lib/core/app-error'

/** An `AppError` for anything thrown: unknown errors become `internal` and keep their cause. */
export function toAppError(error: unknown): AppError {
  if (error instanceof AppError) return error
  const code = systemCode(error)
  if (code === 'ENOSPC' || code === 'EDQUOT') {
    return new AppError('disk_full', 'The disk is full.', {
      mend: 'Free some space, then `devpilot runs retry <run>`: the run goes on from its last turn.',
      cause: error,
    })
  }
  if (code === 'ECONNREFUSED' || code === 'ECONNRESET' || code === 'ETIMEDOUT' || code === 'EPIPE') {
    return new AppError('internal', `The connection failed (${code}).`, { transient: true, cause: error })
  }
  return new AppError('internal', error instanceof Error ? error.message : String(error), { cause: error })
}

function systemCode(error: unknown): string | undefined {
  if (typeof error !== 'object' || error === null || !('code' in error)) return undefined
  return typeof error.code === 'string' ? error.code : undefined
}
