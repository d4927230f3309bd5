import { closeSync, mkdirSync, openSync, readFileSync, rmSync, writeSync } from 'node:fs'
import { dirname } from 'node:path'
import { AppError } from '@/lib/errors'

/**
 * Holds a folder for this process by a lock file beside it: two processes on one embedded database both write
 * and lose rows. A lock whose process is gone is taken over.
 * @returns the function that lets go
 * @throws AppError('conflict') that says which process has it.
 */
export function lockFolder(folder: string): () => void {
  const path = `${folder}.lock`
  mkdirSync(dirname(path), { recursive: true })
  for (let attempt = 0; attempt < 3; attempt += 1) {
    if (tryCreate(path)) return once(() => rmSync(path, { force: true }))
    const owner = ownerOf(path)
    if (owner !== null && isAlive(owner)) {
      throw new AppError('conflict', `Process ${owner} already has the embedded database ${folder} open.`, {
        mend: 'Talk to it instead (DEVPILOT_URL), stop it, or give DEVPILOT_HOME another folder; several processes need DATABASE_URL.',
      })
    }
    rmSync(path, { force: true })
  }
  throw new AppError('conflict', `The lock ${path} could not be taken.`, {
    mend: 'Remove it if no DevPilot runs.',
  })
}

function tryCreate(path: string): boolean {
  try {
    const file = openSync(path, 'wx', 0o600)
    writeSync(file, `${process.pid} ${startTime(process.pid)}\n`)
    closeSync(file)
    return true
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') return false
    throw error
  }
}

/** The process that wrote the lock, or null when it is gone (or its id belongs to another by now). */
function ownerOf(path: string): number | null {
  const [pid, started] = readOrEmpty(path).trim().split(' ')
  const owner = Number(pid)
  if (!Number.isInteger(owner) || owner <= 0) return null
  return started === startTime(owner) ? owner : null
}

function readOrEmpty(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return ''
  }
}

/** Start time of a process in clock ticks (proc(5), field 22); `-` where there is no /proc. */
function startTime(pid: number): string {
  const stat = readOrEmpty(`/proc/${pid}/stat`)
  return stat === '' ? '-' : (stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? '-')
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM'
  }
}

function once(action: () => void): () => void {
  let done = false
  return () => {
    if (!done) action()
    done = true
  }
}
