import { existsSync, readFileSync, readlinkSync } from 'node:fs'
import { hostname } from 'node:os'

/** Names this process in leases and in the table of workers: `machine:pid:start`, start as `startTime` tells it. */
export function processId(): string {
  return `${machine()}:${process.pid}:${startTime(process.pid)}`
}

/**
 * Whether the process that an owner names was one of this machine and is gone, or its id is another's by now. False
 * for every other machine's: of those, only their silence tells.
 */
export function isGone(owner: string): boolean {
  const [, where, pid, start] = /^(.*?):(\d+):([^:]*)$/.exec(owner) ?? []
  if (where !== machine()) return false
  const now = startTime(Number(pid))
  return now === '-' ? !isAlive(Number(pid)) : now !== start
}

/**
 * The host, its boot and its namespace of process ids, where the kernel tells them: machines may share a name, and
 * containers a host.
 */
function machine(): string {
  const boot = readOrEmpty('/proc/sys/kernel/random/boot_id').slice(0, 8)
  const pids = '/proc/self/ns/pid'
  const namespace = existsSync(pids) ? (/\d+/.exec(readlinkSync(pids))?.[0] ?? '') : ''
  return [hostname(), boot, namespace].filter((part) => part !== '').join('/')
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
