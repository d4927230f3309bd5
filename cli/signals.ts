import { exitCodes } from './exit-codes'
import type { Io } from './io'

let stopping: AbortController | undefined

/**
 * Aborted at the first SIGINT, SIGTERM or SIGHUP of this process; the second ends it. One for the whole process and
 * held to its end, so that what is under way can be handed back after the first: a model call that is being paid for
 * has some seconds for its answer (the engine's grace), because cut off it counts as spent.
 */
export function stopOnSignals(io: Io): AbortSignal {
  if (stopping) return stopping.signal
  const controller = new AbortController()
  stopping = controller
  const handle = () => {
    if (controller.signal.aborted) process.exit(exitCodes.cancelled)
    io.note(
      '\nStopping: a model call that is under way has some seconds for its answer, which is paid for. Once more ends at once.',
    )
    controller.abort()
  }
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(name, handle)
  return controller.signal
}
