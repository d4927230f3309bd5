import type { Engine } from './engine'

export interface Worker {
  /** Something was committed: look at once. */
  wake(): void
  /** Stops claiming, lets steps hand back at their next border; resolves when all have. */
  stop(): Promise<void>
}

/** How long a worker sleeps at most; work of other processes is found by then without a notification. */
const IDLE_MS = 2_000
/** How long at least, unless it is woken: the row of a due job may be held by somebody who keeps it for a while. */
const PAUSE_MS = 50

/**
 * Ticks an engine for ever in `concurrency` slots of this process.
 * @param onError told of what tick() throws (a lost database); the slot goes on after a pause
 */
export function startWorker(
  engine: Pick<Engine, 'tick'>,
  concurrency: number,
  onError: (error: unknown) => void,
): Worker {
  const stopping = new AbortController()
  const sleepers = new Set<() => void>()
  const sleep = (ms: number) =>
    new Promise<void>((resolve) => {
      const done = () => {
        clearTimeout(timer)
        sleepers.delete(done)
        resolve()
      }
      const timer = setTimeout(done, ms)
      sleepers.add(done)
    })
  let wakes = 0
  const slot = async (): Promise<void> => {
    while (!stopping.signal.aborted) {
      const before = wakes
      try {
        const { nextDueInMs } = await engine.tick({
          now: Date.now,
          until: Number.POSITIVE_INFINITY,
          signal: stopping.signal,
          more: wakeOne,
        })
        // A wake that came while nothing was found yet is not slept over.
        if (!stopping.signal.aborted && wakes === before)
          await sleep(Math.min(IDLE_MS, Math.max(PAUSE_MS, nextDueInMs ?? IDLE_MS)))
      } catch (error) {
        onError(error)
        await sleep(IDLE_MS)
      }
    }
  }
  // One is enough: whoever takes something up and sees more wakes the next.
  const wakeOne = () => {
    const [sleeper] = sleepers
    if (sleeper) sleeper()
    else wakes += 1
  }
  const slots = Array.from({ length: concurrency }, slot)
  return {
    wake: wakeOne,
    async stop() {
      stopping.abort()
      for (const done of [...sleepers]) done()
      await Promise.all(slots)
    },
  }
}
