import { readFileSync } from 'node:fs'
import { hostname } from 'node:os'

/** Names this process in leases and in the table of workers: `host:pid:start`. */
export function workerId(): string {
  return `${hostname()}:${process.pid}:${startOf(process.pid) ?? '-'}`
}

/**
 * Whether the process that an owner names was one of this host and is gone, or its id is another's by now. False
 * for every other host's: of those, only their silence tells.
 */
export function isGone(owner: string): boolean {
  const [, host, pid, start] = /^(.*?):(\d+)(?::([^:]*))?$/.exec(owner) ?? []
  if (host !== hostname()) return false
  const now = startOf(Number(pid))
  if (now === null) return !isAlive(Number(pid))
  return start !== undefined && start !== '-' && start !== now
}

/** Start time of a process in clock ticks since the boot (proc(5), field 22); null when there is none, or no /proc. */
function startOf(pid: number): string | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? null
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined
    if (code === 'ENOENT' || code === 'ESRCH') return null
    throw error
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return !(error instanceof Error && 'code' in error && error.code === 'ESRCH')
  }
}
