import { setTimeout as pause } from 'node:timers/promises'
import { AppError } from '@/lib/core/app-error'

const PAUSE_MS = 1_000

/**
 * Writes what cannot be had again for nothing, an answer that was paid for or what tools did, until it is kept: while
 * the database is away, or somebody is in the way, it is written again. The lease fences each try.
 * @throws what the last try did, once it is no passing trouble or `hangUp` is aborted
 */
export async function untilKept<T>(write: () => Promise<T>, hangUp: AbortSignal): Promise<T> {
  for (;;) {
    try {
      return await write()
    } catch (error) {
      const passes = error instanceof AppError && error.transient
      if (!passes || hangUp.aborted) throw error
      await pause(PAUSE_MS, undefined, { signal: hangUp }).catch(() => {
        throw error
      })
    }
  }
}
