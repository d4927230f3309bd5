/** Buckets to a doubling: `devpilot_bucket` of drizzle/migrations/0022_rollups.sql counts in the same ones. */
const PER_DOUBLING = 4

/** How many values a bucket of time holds; its key is its number. */
export interface Bucket {
  readonly key: string
  readonly n: number
}

/**
 * A percentile of times that are only known by their bucket: inside one they are taken to lie evenly on a logarithmic
 * scale, which is within a tenth of the truth.
 * @param share 0 to 1
 * @returns seconds; null where there is nothing
 */
export function percentile(buckets: readonly Bucket[], share: number): number | null {
  const held = buckets
    .map(({ key, n }) => ({ bucket: Number(key), n }))
    .filter(({ n }) => n > 0)
    .sort((a, b) => a.bucket - b.bucket)
  const count = held.reduce((sum, { n }) => sum + n, 0)
  if (count === 0) return null
  // The rank in the middle of its value, so that the median of one value is the middle of its bucket.
  const rank = Math.min(count - 0.5, Math.max(0.5, share * count))
  let before = 0
  for (const { bucket, n } of held) {
    if (before + n >= rank) return 2 ** ((bucket + (rank - before) / n) / PER_DOUBLING)
    before += n
  }
  return null
}
