/**
 * How long to wait before the next try: exponential with full jitter, capped.
 * Source of the formula: "Exponential backoff and jitter", AWS Architecture Blog, 2015 ("full jitter").
 * @param attempt tries so far, 1 after the first failure
 * @param random a number in [0, 1)
 * @returns milliseconds, at least `floorMs` (a server's retry-after) where one is given
 */
export function backoffMs(
  attempt: number,
  random: number,
  { baseMs = 1_000, capMs = 60_000, floorMs = 0 }: { baseMs?: number; capMs?: number; floorMs?: number } = {},
): number {
  const ceiling = Math.min(capMs, baseMs * 2 ** Math.max(0, attempt - 1))
  return Math.max(floorMs, Math.floor(random * ceiling))
}
