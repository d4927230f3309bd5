import { AppError } from '@/lib/core/app-error'
import type { Claim, Store } from './store'

/** A heartbeat that did not come through is tried again, in milliseconds. */
const BEAT_AGAIN_MS = 1_000

/** A lease that is being renewed. */
export interface Beat {
  /** The run is another's. */
  readonly lost: AbortSignal
  /** By this machine's clock the lease is over; whether somebody has the run only the database knows. */
  readonly lapsed: AbortSignal
  /** Whether it lapsed by no fault of the step. */
  excused(): boolean
  /** Asks for the lease at once. */
  ask(): void
  end(): void
}

interface BeatOptions {
  readonly store: Pick<Store, 'heartbeat'>
  readonly claim: Claim
  readonly leaseMs: number
  readonly onError: (message: string, error: unknown) => void
}

/** Renews the lease of a run three times in its length for as long as it is worked on. */
export function beat({ store, claim, leaseMs, onError }: BeatOptions): Beat {
  const lost = new AbortController()
  const lapsed = new AbortController()
  let heard = performance.now()
  let last = { at: heard, usedMs: processorMs() }
  let excused = false
  let over = false
  let soon: NodeJS.Timeout | undefined
  const ask = (again = false) => {
    const now = { at: performance.now(), usedMs: processorMs() }
    const silent = now.at - last.at
    // A worker that was asleep, or cut off from the database, for longer than its lease begins nothing more.
    if (now.at - heard > leaseMs && !lapsed.signal.aborted) {
      // The database was away, or this machine slept. A step that lets nothing else on uses a processor meanwhile, as
      // far as others leave it one.
      excused = silent <= leaseMs || now.usedMs - last.usedMs < silent / 10
      lapsed.abort(new AppError('lease_lost', 'The lease ran out.'))
    }
    last = now
    store.heartbeat(claim, leaseMs).then(
      () => {
        // Their answers may overtake each other.
        heard = Math.max(heard, now.at)
      },
      (error: unknown) => {
        if (isLeaseLost(error)) return lost.abort(error)
        if (!again) onError('a heartbeat failed', error)
        clearTimeout(soon)
        if (!over) soon = setTimeout(ask, BEAT_AGAIN_MS, true)
      },
    )
  }
  const timer = setInterval(ask, leaseMs / 3, false)
  return {
    lost: lost.signal,
    lapsed: lapsed.signal,
    excused: () => excused,
    ask: () => ask(),
    end() {
      over = true
      clearInterval(timer)
      clearTimeout(soon)
    },
  }
}

/** What this process has used of processors, in milliseconds. */
function processorMs(): number {
  const { user, system } = process.cpuUsage()
  return (user + system) / 1_000
}

export function isLeaseLost(error: unknown): boolean {
  return error instanceof AppError && error.code === 'lease_lost'
}
