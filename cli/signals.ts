import { exitCodes } from './exit-codes'
import type { Io } from './io'

export interface Stop {
  readonly signal: AbortSignal
  /** Takes the handlers away. */
  release(): void
}

/** Aborts at the first SIGINT, SIGTERM or SIGHUP, and ends the process at the second. */
export function stopOnSignals(io: Io): Stop {
  const controller = new AbortController()
  const names = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const
  const handle = () => {
    if (controller.signal.aborted) process.exit(exitCodes.cancelled)
    io.note('\nStopping; once more ends at once.')
    controller.abort()
  }
  for (const name of names) process.on(name, handle)
  return {
    signal: controller.signal,
    release: () => {
      for (const name of names) process.removeListener(name, handle)
    },
  }
}
