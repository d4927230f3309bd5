import { readdirSync, readFileSync } from 'node:fs'

/** Linux's unit of process times; it is 100 on every architecture that Node runs on. */
const TICKS_A_SECOND = 100

/** Milliseconds of processor time that a process and its living children have used; null where /proc is missing. */
export function cpuMsOf(pid: number): number | null {
  const all = processes()
  if (!all) return null
  const wanted = new Set([pid])
  for (let before = 0; before !== wanted.size; ) {
    before = wanted.size
    for (const one of all) if (wanted.has(one.parent)) wanted.add(one.pid)
  }
  const ticks = all.filter((one) => wanted.has(one.pid)).reduce((sum, one) => sum + one.ticks, 0)
  return (ticks * 1_000) / TICKS_A_SECOND
}

function processes(): { pid: number; parent: number; ticks: number }[] | null {
  if (process.platform !== 'linux') return null
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => {
      try {
        // The name in brackets may hold spaces; what follows the last bracket does not. utime, stime, then the
        // same of children that ended and were waited for.
        const text = readFileSync(`/proc/${name}/stat`, 'utf8')
        const fields = text.slice(text.lastIndexOf(')') + 2).split(' ')
        const ticks = [11, 12, 13, 14].reduce((sum, at) => sum + Number(fields[at]), 0)
        return [{ pid: Number(name), parent: Number(fields[1]), ticks }]
      } catch {
        // It ended while we looked.
        return []
      }
    })
}
