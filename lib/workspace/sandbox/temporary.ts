import { existsSync, lstatSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const kinds = ['auth', 'egress', 'engine', 'home', 'image', 'pipes', 'probe', 'seccomp', 'stage'] as const

/** Folders are swept no sooner, in case another machine's process ids are not seen from here. */
const HOUR_MS = 3_600_000

/** A new folder below the system's temporary one, with the id of this process in its name; who makes it removes it. */
export function temporaryFolder(kind: (typeof kinds)[number]): string {
  return mkdtempSync(join(tmpdir(), `devpilot-${kind}-${process.pid}-`))
}

const ours = new RegExp(`^devpilot-(?:${kinds.join('|')})-(\\d+)-[A-Za-z0-9]{6}(?:\\.tar|\\.outside)?$`)

/**
 * Removes what processes of this user that are gone left there: one that was killed removes nothing.
 * @param now this machine's clock, in milliseconds
 * @returns the names
 */
export function sweepTemporary(now: number): string[] {
  const folder = tmpdir()
  return readdirSync(folder).filter((name) => {
    const pid = ours.exec(name)?.[1]
    if (pid === undefined || isAlive(Number(pid))) return false
    const path = join(folder, name)
    const info = lstatSync(path, { throwIfNoEntry: false })
    if (info?.uid !== process.geteuid?.() || now - (info?.ctimeMs ?? now) < HOUR_MS) return false
    rmSync(path, { recursive: true, force: true })
    return true
  })
}

function isAlive(pid: number): boolean {
  if (existsSync('/proc/self')) return existsSync(`/proc/${pid}`)
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return !(error instanceof Error && 'code' in error && error.code === 'ESRCH')
  }
}
