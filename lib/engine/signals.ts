import type { Beat } from './beat'

/**
 * What a model call that is under way may still take when a worker stops, in milliseconds: under the ten seconds
 * after which `docker stop` kills. A call that is cut off is counted as spent.
 */
export const GRACE_MS = 8_000

/** What a step is told while it works. */
export interface Signals {
  /** Asks the step to stop at its next border. */
  readonly signal: AbortSignal
  /**
   * Cuts off what cannot be stopped at a border without paying for it twice, a model call and the keeping of its
   * answer: not for a lease that ran out by this clock alone, since where nobody took the run it can still be kept.
   */
  readonly hangUp: AbortSignal
  /** Ends programs that are under way: at once when the worker stops, with `hangUp` when only its time is up. */
  readonly cut: AbortSignal
}

/** As the engine holds them. */
export interface Told extends Signals {
  /** Whether the worker is to stop, and not only its time is over. */
  stopped(): boolean
  /** Whether the step stops for what it has no part in: its worker is to stop, or the lease lapsed by no fault of it. */
  blameless(): boolean
}

/** How long a worker has for a run. */
export interface Until {
  /** The worker is to stop. */
  readonly stop: AbortSignal | undefined
  /** Its time is up. */
  readonly left: AbortSignal
  /** How long what is under way may still take then, in milliseconds. */
  readonly graceMs: number | undefined
}

/** Aborts when so many milliseconds are over. */
export function after(ms: number): AbortSignal {
  if (ms === Number.POSITIVE_INFINITY) return new AbortController().signal
  return AbortSignal.timeout(Math.max(1, Math.min(Math.ceil(ms), 2 ** 31 - 1)))
}

/** Aborts so many milliseconds after another signal did. */
export function afterwards(stop: AbortSignal, ms: number): { signal: AbortSignal; clear: () => void } {
  const late = new AbortController()
  let timer: NodeJS.Timeout | undefined
  const begin = () => {
    timer = setTimeout(() => late.abort(stop.reason), ms)
  }
  if (stop.aborted) begin()
  else stop.addEventListener('abort', begin, { once: true })
  return {
    signal: late.signal,
    clear() {
      clearTimeout(timer)
      stop.removeEventListener('abort', begin)
    },
  }
}

/**
 * The signals of a step.
 * @param graceMs how long a stopped step's model call may still take
 */
export function signalsOf(
  until: Until,
  { lost, lapsed, excused }: Pick<Beat, 'lost' | 'lapsed' | 'excused'>,
  graceMs: number,
): Told & { readonly clear: () => void } {
  const stops = until.stop ? [until.stop] : []
  const lates = [
    ...stops.map((stop) => afterwards(stop, graceMs)),
    afterwards(until.left, until.graceMs ?? graceMs),
  ]
  const hangUp = AbortSignal.any([...lates.map((late) => late.signal), lost])
  return {
    signal: AbortSignal.any([...stops, until.left, lost, lapsed]),
    hangUp,
    cut: AbortSignal.any([...stops, hangUp, lapsed]),
    stopped: () => until.stop?.aborted === true,
    blameless: () => until.stop?.aborted === true || excused(),
    clear: () => {
      for (const late of lates) late.clear()
    },
  }
}
