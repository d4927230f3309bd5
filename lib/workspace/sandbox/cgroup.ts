import {
  accessSync,
  constants,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmdirSync,
  writeFileSync,
} from 'node:fs'
import { dirname, join } from 'node:path'
import type { SandboxLimits } from './sandbox'
import { killHard } from './tree'

/** Where groups can be made: one folder for version 2, a memory and perhaps a pids folder for version 1. */
export interface CgroupBase {
  readonly version: 1 | 2
  readonly memory: string
  readonly pids: string | null
}

export interface Cgroup {
  /** Files that a process writes its id to, before it becomes the command. */
  readonly procs: readonly string[]
  /** How often the kernel killed in it for want of memory. */
  oomKills(): number
  /** SIGKILL to all of it, daemons included. */
  kill(): void
  /** Removes the empty group; a group still in use stays and is swept at a later start. */
  remove(): void
}

const prefix = 'devpilot-'
let counter = 0

/**
 * Finds where a group can be made, by making one.
 * @param root the mount point, `/sys/fs/cgroup`; @param self text of `/proc/self/cgroup`.
 */
export function findCgroupBase(root: string, self: string): CgroupBase | null {
  const lines = self
    .trim()
    .split('\n')
    .map((line) => line.split(':'))
  const pathOf = (name: string): string | undefined =>
    lines.find((line) => (name === '' ? line[0] === '0' : line[1]?.split(',').includes(name)))?.[2]
  const memory = pathOf('memory')
  if (memory !== undefined) {
    const base = usable([join(root, 'memory', memory), join(root, 'memory')], 'memory.limit_in_bytes')
    const pids = usable([join(root, 'pids', pathOf('pids') ?? ''), join(root, 'pids')], 'pids.max')
    return base === null ? null : { version: 1, memory: base, pids }
  }
  const own = join(root, pathOf('') ?? '')
  const base = usable([own, dirname(own), root], 'memory.max')
  return base === null ? null : { version: 2, memory: base, pids: base }
}

/** The first folder in which a new group has the controller's file and can be written to. */
function usable(candidates: readonly string[], file: string): string | null {
  for (const candidate of candidates) {
    const trial = join(candidate, `${prefix}probe-${process.pid}-${counter++}`)
    try {
      sweep(candidate)
      mkdirSync(trial)
      accessSync(join(trial, file), constants.W_OK)
      accessSync(join(trial, 'cgroup.procs'), constants.W_OK)
      rmdirSync(trial)
      return candidate
    } catch {
      // Not writable here: the next place is tried, and the caller is told when there is none.
      remove(trial)
    }
  }
  return null
}

/** Groups left by a process that was killed. A living one's are its own: it may be about to enter them. */
function sweep(folder: string): void {
  for (const name of readdirSync(folder)) {
    const owner = /^devpilot-(?:probe-)?(\d+)-/.exec(name)?.[1]
    if (owner !== undefined && !existsSync(`/proc/${owner}`)) remove(join(folder, name))
  }
}

function remove(folder: string): void {
  try {
    rmdirSync(folder)
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code !== undefined) return
    throw error
  }
}

/** Makes a group with the memory and process limits in force. */
export function makeCgroup(base: CgroupBase, limits: SandboxLimits): Cgroup {
  const name = `${prefix}${process.pid}-${Date.now().toString(36)}-${counter++}`
  const folders = [...new Set([base.memory, ...(base.pids === null ? [] : [base.pids])])].map((folder) =>
    join(folder, name),
  )
  for (const folder of folders) mkdirSync(folder, { recursive: true })
  const memory = folders[0] ?? join(base.memory, name)
  const set = (file: string, value: string | number): void => {
    const path = join(memory, file)
    // Swap accounting is often compiled out: then there is no such file, and nothing to limit with.
    if (existsSync(path)) writeFileSync(path, String(value))
  }
  if (base.version === 1) {
    set('memory.limit_in_bytes', limits.memoryBytes)
    set('memory.memsw.limit_in_bytes', limits.memoryBytes)
  } else {
    set('memory.max', limits.memoryBytes)
    set('memory.swap.max', 0)
    set('memory.oom.group', 1)
  }
  // bubblewrap's own two processes and the launcher are counted too.
  if (base.pids !== null) writeFileSync(join(base.pids, name, 'pids.max'), String(limits.processes + 8))
  const procs = folders.map((folder) => join(folder, 'cgroup.procs'))
  return {
    procs,
    oomKills: () => oomKills(join(memory, base.version === 1 ? 'memory.oom_control' : 'memory.events')),
    kill: () => killGroup(memory, procs[0] ?? ''),
    remove: () => {
      folders.forEach(remove)
      // The kernel may need a moment for the dead; a group left even then is swept at a later start.
      if (folders.some((folder) => existsSync(folder)))
        setTimeout(() => folders.forEach(remove), 1000).unref()
    },
  }
}

function oomKills(file: string): number {
  if (!existsSync(file)) return 0
  return Number(/^oom_kill (\d+)$/m.exec(readFileSync(file, 'utf8'))?.[1] ?? 0)
}

function killGroup(folder: string, procs: string): void {
  const all = join(folder, 'cgroup.kill')
  if (existsSync(all)) {
    writeFileSync(all, '1')
    return
  }
  // Twice, because a process may fork between the reading and the kill.
  for (let round = 0; round < 2; round++) {
    if (!existsSync(procs)) return
    for (const pid of readFileSync(procs, 'utf8').split('\n')) if (pid !== '') killHard(Number(pid))
  }
}

let found: CgroupBase | null | undefined

/** The place of this machine, looked for once per process; null when there is none that we may write. */
export function cgroupBase(): CgroupBase | null {
  if (found !== undefined) return found
  found = existsSync('/sys/fs/cgroup')
    ? findCgroupBase('/sys/fs/cgroup', readFileSync('/proc/self/cgroup', 'utf8'))
    : null
  return found
}
