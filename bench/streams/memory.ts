import { readdirSync, readFileSync } from 'node:fs'

/** Bytes that a process and its living children hold in memory; NaN where /proc is missing. */
export function memoryOf(pid: number): number {
  if (process.platform !== 'linux') return Number.NaN
  const fields = new Map(
    readdirSync('/proc')
      .filter((name) => /^\d+$/.test(name))
      .flatMap((name) => {
        try {
          const text = readFileSync(`/proc/${name}/status`, 'utf8')
          const field = (label: string) =>
            Number(new RegExp(`^${label}:\\s+(\\d+)`, 'm').exec(text)?.[1] ?? 0)
          return [[Number(name), { parent: field('PPid'), kib: field('VmRSS') }] as const]
        } catch {
          // It ended while we looked.
          return []
        }
      }),
  )
  const below = (id: number): number =>
    [...fields].reduce(
      (sum, [child, { parent }]) => (parent === id ? sum + below(child) : sum),
      (fields.get(id)?.kib ?? 0) * 1024,
    )
  return below(pid)
}
