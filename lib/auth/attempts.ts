import { AppError } from '@/lib/errors'

const WINDOW_MS = 60_000
const ALLOWED = 10

/**
 * Counts wrong tokens and keys: over 10 in a minute they are answered 429 instead of 401. The right one is always let
 * in, or anybody on this machine could lock its owner out; what keeps it from being guessed is its length.
 */
export class WrongTokens {
  private times: number[] = []

  /** The error for one more wrong token or key at `now` (milliseconds). */
  refuse(now: number, what: 'token' | 'key' = 'token'): AppError {
    this.times = this.times.filter((time) => now - time < WINDOW_MS)
    const [oldest] = this.times
    if (this.times.length >= ALLOWED && oldest !== undefined) {
      return new AppError('rate_limited', 'Too many wrong tokens and keys.', {
        mend: 'Wait a minute. The token is in the file `token` of DEVPILOT_HOME.',
        retryAfterMs: WINDOW_MS - (now - oldest),
      })
    }
    this.times.push(now)
    if (what === 'key') {
      return new AppError(
        'unauthorized',
        'This key opens nothing: it is unknown, was revoked or has expired.',
        {
          mend: 'Make another one under Settings, API keys, or with `devpilot key create`.',
        },
      )
    }
    return new AppError('unauthorized', 'This token is not the one of this installation.', {
      mend: 'It is in the file `token` of DEVPILOT_HOME, or in DEVPILOT_TOKEN of the server.',
    })
  }
}
