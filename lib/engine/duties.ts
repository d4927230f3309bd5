/** Work that comes again at intervals beside the runs. */
export interface Duty {
  readonly name: string
  readonly everyMs: number
  /** `one`: one worker does it for all; `each`: every worker does it for its own machine, also when it starts. */
  readonly by: 'one' | 'each'
  /** @param signal aborted when the worker stops */
  readonly run: (signal: AbortSignal) => Promise<unknown>
}

export interface DutiesOptions {
  readonly duties: readonly Duty[]
  /** Takes a duty of all workers, when it is due. */
  readonly take: (duty: Duty) => Promise<boolean>
  readonly done: (duty: Duty) => Promise<void>
  readonly onError: (duty: Duty, error: unknown) => void
}

/** Duties that are being done for as long as nobody stops them. */
export interface Duties {
  /** Does this one at once: there is work for it. Asked while it is done, it is done once more after. */
  now(name: string): void
  /** Ends them, once those under way are done. */
  stop(): Promise<void>
}

const LOOK_MS = 1_000
const ASK_MS = 10_000

/**
 * Does duties for as long as the worker lives, each by itself: one that takes long holds up no other. One that fails
 * is done again at its next time.
 */
export function startDuties({ duties, take, done, onError }: DutiesOptions): Duties {
  // Monotonic: a clock that jumps makes none of them come early or late. All are looked at at the start.
  const next = new Map(duties.map((duty) => [duty, performance.now()]))
  const working = new Map<Duty, Promise<void>>()
  const asked = new Set<Duty>()
  const stopping = new AbortController()
  const doOne = async (duty: Duty): Promise<void> => {
    try {
      if (duty.by === 'one' && !(await take(duty))) return
      await duty.run(stopping.signal)
      if (duty.by === 'one') await done(duty)
    } catch (error) {
      onError(duty, error)
    }
  }
  const look = () => {
    for (const duty of duties) {
      if (working.has(duty) || performance.now() < (next.get(duty) ?? 0)) continue
      // Whether one of all is due, the database knows; somebody may have made it so.
      const again = duty.by === 'one' ? Math.min(duty.everyMs, ASK_MS) : duty.everyMs
      next.set(duty, performance.now() + again)
      working.set(
        duty,
        doOne(duty).finally(() => {
          working.delete(duty)
          if (asked.has(duty)) hurry(duty)
        }),
      )
    }
  }
  const hurry = (duty: Duty) => {
    asked.add(duty)
    if (working.has(duty) || stopping.signal.aborted) return
    asked.delete(duty)
    next.set(duty, performance.now())
    look()
  }
  const timer = setInterval(look, LOOK_MS)
  look()
  return {
    now(name) {
      for (const duty of duties) if (duty.name === name) hurry(duty)
    },
    async stop() {
      stopping.abort()
      clearInterval(timer)
      await Promise.all(working.values())
    },
  }
}
