import { exitCodes } from './exit-codes'
import type { Io } from './io'

let stopping: AbortController | undefined
let works = false

/**
 * Aborted at the first SIGINT, SIGTERM or SIGHUP of this process; the second ends it. One for the whole process and
 * held to its end, so that what is under way can be handed back after the first: a model call that is being paid for
 * has some seconds for its answer (the engine's grace), because cut off it counts as spent.
 * @param working whether runs are worked on in this process, as far as the one who asks last knows
 */
export function stopOnSignals(io: Io, working: boolean): AbortSignal {
  works = working
  if (stopping) return stopping.signal
  const controller = new AbortController()
  stopping = controller
  const handle = () => {
    if (controller.signal.aborted) process.exit(exitCodes.cancelled)
    const why = works ? ': a model call under way has some seconds for its answer' : ''
    io.note(`\nStopping${why}. Once more ends at once.`)
    controller.abort()
  }
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(name, handle)
  return controller.signal
}
