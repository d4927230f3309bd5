import { readFileSync } from 'node:fs'
import { hostname } from 'node:os'

/** Names this process in leases and in the table of workers: `host:pid:start`, start as `startTime` tells it. */
export function processId(): string {
  return `${hostname()}:${process.pid}:${startTime(process.pid)}`
}

/** A file's text; empty when it is gone, as a lock or a process may be at any moment. */
export function readOrEmpty(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    if (hasCode(error, 'ENOENT') || hasCode(error, 'ESRCH')) return ''
    throw error
  }
}

/** Start time of a process in clock ticks (proc(5), field 22); `-` where there is no /proc. */
export function startTime(pid: number): string {
  const stat = readOrEmpty(`/proc/${pid}/stat`)
  return stat === '' ? '-' : (stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? '-')
}

/** Whether a process of this machine has this id. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return hasCode(error, 'EPERM')
  }
}

export function hasCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code
}
