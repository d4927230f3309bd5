import { rm, stat } from 'node:fs/promises'
import { resolve } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'

/** Locks of refs are held while files of a few bytes are written. Nobody at work is so slow. */
const DEAD_MS = 120_000
const LOOK_MS = 250
/** In our own mirrors alone: what is locked in a person's repository is theirs. */
const ours = /\/mirrors\/[a-z0-9-]+-[0-9a-f]{12}\.git\/(?:refs\/.+|packed-refs|shallow)\.lock$/

/** Not what a server says: that stands behind `remote:`. */
const met = /^(?!remote:).*Unable to create '([^']+\.lock)': File exists/m

/**
 * The lock of a mirror's refs that a call of git met, where a git that was killed may have left it.
 * @param said what git said
 * @returns its path, null where git failed for anything else
 */
export function lockMet(said: string, cwd: string): string | null {
  const [, named] = met.exec(said) ?? []
  if (named === undefined) return null
  const path = resolve(cwd, named)
  return ours.test(path) ? path : null
}

/**
 * Waits until a lock is let go, or so old that nobody can be behind it: then it is removed.
 * @param ends any of these ends the waiting
 * @returns whether it is gone
 */
export async function outliveLock(
  path: string,
  ends: readonly (AbortSignal | undefined)[],
): Promise<boolean> {
  const signal = AbortSignal.any(ends.filter((one) => one !== undefined))
  const until = performance.now() + DEAD_MS
  for (let first: number | null = null; ; ) {
    const made = (await stat(path).catch(() => null))?.mtimeMs
    first ??= made ?? null
    if (made === undefined || made !== first) return true
    // Also one that a clock which was put back since made in the future.
    if (Date.now() - made > DEAD_MS || performance.now() > until) {
      await rm(path, { force: true })
      return true
    }
    await sleep(LOOK_MS, undefined, { signal }).catch(() => undefined)
    if (signal.aborted) return false
  }
}
