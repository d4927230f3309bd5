import { AppError } from '@/lib/errors'

const WINDOW_MS = 60_000
const ALLOWED = 10

/**
 * Counts wrong tokens: over 10 in a minute they are answered 429 instead of 401. The right one is always let in,
 * or anybody on this machine could lock its owner out; what keeps it from being guessed is its length.
 */
export class WrongTokens {
  private times: number[] = []

  /** The error for one more wrong token at `now` (milliseconds). */
  refuse(now: number): AppError {
    this.times = this.times.filter((time) => now - time < WINDOW_MS)
    const [oldest] = this.times
    if (this.times.length >= ALLOWED && oldest !== undefined) {
      return new AppError('rate_limited', 'Too many wrong tokens.', {
        mend: 'Wait a minute. The token is in the file `token` of DEVPILOT_HOME.',
        retryAfterMs: WINDOW_MS - (now - oldest),
      })
    }
    this.times.push(now)
    return new AppError('unauthorized', 'This token is not the one of this installation.', {
      mend: 'It is in the file `token` of DEVPILOT_HOME, or in DEVPILOT_TOKEN of the server.',
    })
  }
}
