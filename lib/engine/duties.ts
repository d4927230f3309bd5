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

const LOOK_MS = 1_000

/**
 * Does duties one after the other for as long as the worker lives. One that fails is done again at its next time.
 * @returns the function that ends it, once the one under way is done
 */
export function startDuties({ duties, take, done, onError }: DutiesOptions): () => Promise<void> {
  // Monotonic: a clock that jumps makes none of them come early or late. All are looked at at the start.
  const next = new Map(duties.map((duty) => [duty.name, performance.now()]))
  const stopping = new AbortController()
  let working: Promise<void> | undefined
  const doOne = async (duty: Duty): Promise<void> => {
    try {
      if (duty.by === 'one' && !(await take(duty))) return
      await duty.run(stopping.signal)
      if (duty.by === 'one') await done(duty)
    } catch (error) {
      onError(duty, error)
    }
  }
  const round = async (): Promise<void> => {
    for (const duty of duties) {
      if (stopping.signal.aborted || performance.now() < (next.get(duty.name) ?? 0)) continue
      await doOne(duty)
      next.set(duty.name, performance.now() + duty.everyMs)
    }
  }
  const look = () => {
    working ??= round().finally(() => {
      working = undefined
    })
  }
  const timer = setInterval(look, LOOK_MS)
  look()
  return async () => {
    stopping.abort()
    clearInterval(timer)
    await working
  }
}
