import { linkSync, mkdirSync, renameSync, rmdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { z } from 'zod'
import { AppError } from '@/lib/errors'
import { hasCode, isAlive, readOrEmpty, startTime } from './process'

/**
 * Holds a folder for this process by a lock file beside it: two processes on one embedded database both write
 * and lose rows. A lock whose process is gone is taken over.
 * @returns the function that lets go
 * @throws AppError('conflict') that says which process has it.
 */
export function lockFolder(folder: string): () => void {
  const path = `${folder}.lock`
  mkdirSync(dirname(path), { recursive: true })
  for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
    if (tryCreate(path))
      return once(() => {
        rmSync(holderPath(folder), { force: true })
        rmSync(path, { force: true })
      })
    const owner = liveOwner(path)
    if (owner !== null) {
      throw held(folder, owner)
    }
    removeStale(path)
  }
  throw new AppError('conflict', `The lock ${path} could not be taken.`, {
    mend: 'Remove it if no DevPilot runs.',
  })
}

/** Whether a folder could be held, without holding it. @throws AppError('conflict') that says which process has it */
export function assertFree(folder: string): void {
  const owner = liveOwner(`${folder}.lock`)
  if (owner !== null) throw held(folder, owner)
}

/** Says, for who comes second, what holds the folder and how it is reached. Only who holds its lock may call it. */
export function announceHolder(folder: string, what: string, url: string): void {
  const draft = `${holderPath(folder)}.${process.pid}`
  const holder = { pid: process.pid, started: startTime(process.pid), what, url }
  writeFileSync(draft, JSON.stringify(holder), { mode: 0o600 })
  renameSync(draft, holderPath(folder))
}

const holderPath = (folder: string): string => `${folder}.holder`
const holderSchema = z.object({ pid: z.number(), started: z.string(), what: z.string(), url: z.string() })

function held(folder: string, owner: number): AppError {
  const announced = holderOf(folder, owner)
  const what = announced ? `, ${announced.what} at ${announced.url},` : commandOf(owner)
  const talk = announced
    ? `Set DEVPILOT_URL=${announced.url}: commands then talk to it. Or`
    : 'Talk to it instead (DEVPILOT_URL) if it is a server. Or'
  return new AppError(
    'conflict',
    `Process ${owner}${what} already has the embedded database ${folder} open.`,
    {
      mend: `${talk} stop it, or give DEVPILOT_HOME another folder; several processes need DATABASE_URL.`,
    },
  )
}

/** What the holder said of itself; null when it said nothing, or another process did that is gone. */
function holderOf(folder: string, owner: number): z.infer<typeof holderSchema> | null {
  const text = readOrEmpty(holderPath(folder))
  if (text === '') return null
  const parsed = holderSchema.safeParse(JSON.parse(text))
  if (!parsed.success || parsed.data.pid !== owner || parsed.data.started !== startTime(owner)) return null
  return parsed.data
}

/** ` (devpilot worker)`; arguments may be private, so its own words alone. Empty for anything else. */
function commandOf(pid: number): string {
  const words = readOrEmpty(`/proc/${pid}/cmdline`).split('\0')
  const at = words.findIndex((word) => /(?:^|\/)devpilot(?:\.mjs|\.ts)?$/.test(word))
  const command = at === -1 ? undefined : words.slice(at + 1).find((word) => /^[a-z]+$/.test(word))
  return command === undefined ? '' : ` (devpilot ${command})`
}

const ATTEMPTS = 100
const PAUSE_MS = 20
/** A taker that died within the few system calls of a take-over is not waited for longer. */
const TAKE_OVER_MS = 10_000

/** Makes the lock with its owner in it, in one step: a lock is never seen empty. */
function tryCreate(path: string): boolean {
  const draft = `${path}.${process.pid}`
  writeFileSync(draft, `${process.pid} ${startTime(process.pid)}\n`, { mode: 0o600 })
  try {
    linkSync(draft, path)
    return true
  } catch (error) {
    if (hasCode(error, 'EEXIST')) return false
    throw error
  } finally {
    rmSync(draft, { force: true })
  }
}

/** Removes a dead process's lock. Takers do it one at a time and look again, so none removes another's new lock. */
function removeStale(path: string): void {
  const turn = `${path}.taking`
  try {
    mkdirSync(turn)
  } catch (error) {
    if (!hasCode(error, 'EEXIST')) throw error
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, PAUSE_MS)
    const since = statSync(turn, { throwIfNoEntry: false })?.mtimeMs ?? Date.now()
    if (Date.now() - since > TAKE_OVER_MS) rmSync(turn, { force: true, recursive: true })
    return
  }
  try {
    if (liveOwner(path) === null) rmSync(path, { force: true })
  } finally {
    rmdirSync(turn)
  }
}

/** The living process that holds the lock, or null. */
function liveOwner(path: string): number | null {
  const owner = ownerOf(path)
  return owner !== null && isAlive(owner) ? owner : null
}

/** The process that wrote the lock, or null when it is gone (or its id belongs to another by now). */
function ownerOf(path: string): number | null {
  const [pid, started] = readOrEmpty(path).trim().split(' ')
  const owner = Number(pid)
  if (!Number.isInteger(owner) || owner <= 0) return null
  return started === startTime(owner) ? owner : null
}

function once(action: () => void): () => void {
  let done = false
  return () => {
    if (!done) action()
    done = true
  }
}
