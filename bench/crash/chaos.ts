import type { BenchServer } from '../support/postgres'
import type { Herd } from './herd'

export const wait = (ms: number, signal?: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer)
      signal?.removeEventListener('abort', done)
      resolve()
    }
    const timer = setTimeout(done, ms)
    if (signal?.aborted) done()
    else signal?.addEventListener('abort', done, { once: true })
  })

const between = (low: number, high: number) => low + Math.random() * (high - low)

function someOf(pids: readonly number[]): number | undefined {
  return pids[Math.floor(Math.random() * pids.length)]
}

interface Killing {
  readonly times: number
  /** Milliseconds between two, at random. */
  readonly every: readonly [number, number]
}

/** SIGKILL to any worker that is up, so many times. */
export async function killSome(
  herd: Herd,
  { times, every }: Killing,
  signal: AbortSignal,
  onKill: (pid: number, at: number) => void,
): Promise<void> {
  for (let done = 0; done < times && !signal.aborted; ) {
    await wait(between(...every), signal)
    const pid = someOf(herd.pids())
    if (pid === undefined || signal.aborted) continue
    herd.kill(pid)
    onKill(pid, Date.now())
    done += 1
  }
}

/** SIGSTOP to a worker with runs, until its lease is long over, then SIGCONT; one after another. */
export async function freezeSome(
  herd: Herd,
  { times, forMs }: { readonly times: number; readonly forMs: number },
  signal: AbortSignal,
  onFreeze: (pid: number, at: number) => void,
): Promise<void> {
  for (let done = 0; done < times && !signal.aborted; ) {
    await wait(between(500, 3_000), signal)
    const pid = someOf(herd.pids())
    if (pid === undefined || signal.aborted) continue
    const frozen = herd.freeze(pid, forMs, signal)
    onFreeze(pid, Date.now())
    await frozen
    done += 1
  }
}

/** Restarts the server under load: a crash, then an orderly one, in turn. */
export async function restartSome(
  server: BenchServer,
  { times, everyMs }: { readonly times: number; readonly everyMs: number },
  signal: AbortSignal,
  done: { mode: string; at: number }[],
): Promise<void> {
  for (let i = 0; i < times; i += 1) {
    await wait(everyMs, signal)
    if (signal.aborted) return
    const mode = i % 2 === 0 ? 'immediate' : 'fast'
    done.push({ mode, at: Date.now() })
    await server.restart(mode)
  }
}
