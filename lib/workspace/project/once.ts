import { rm, stat, utimes, writeFile } from 'node:fs/promises'
import { hostname } from 'node:os'
import { setTimeout as sleep } from 'node:timers/promises'
import { AppError } from '@/lib/errors'
import { codeOf, readPlain } from '@/lib/workspace/project/reader'

const HEARTBEAT_MS = 5_000
const STALE_MS = 60_000
const POLL_MS = 200

/**
 * Builds something once, however many ask at the same time on this machine or on a shared disk: the first builds, the
 * others wait and find it done. A lock whose owner died is taken over: its process is gone, or its heartbeat is old.
 * @param input.isDone looked at before and after waiting
 * @throws AppError('cancelled') when the signal fires while waiting; what `build` throws
 */
export async function once(input: {
  readonly lockFile: string
  readonly isDone: () => Promise<boolean>
  readonly build: () => Promise<void>
  readonly signal?: AbortSignal | undefined
}): Promise<'built' | 'found'> {
  while (!(await input.isDone())) {
    if (input.signal?.aborted === true)
      throw new AppError(
        'cancelled',
        'Waiting for another run to install the same dependencies was cancelled.',
      )
    if (await take(input.lockFile)) return await buildLocked(input)
    if (await isStale(input.lockFile)) await rm(input.lockFile, { force: true })
    else await sleep(POLL_MS)
  }
  return 'found'
}

async function buildLocked(input: {
  readonly lockFile: string
  readonly isDone: () => Promise<boolean>
  readonly build: () => Promise<void>
}): Promise<'built' | 'found'> {
  const beat = setInterval(() => {
    const now = new Date()
    // A lock that somebody removed by hand is no reason to end the work: the result is moved into place atomically.
    utimes(input.lockFile, now, now).catch(() => clearInterval(beat))
  }, HEARTBEAT_MS)
  try {
    // The one before may have ended between our look and our lock.
    if (await input.isDone()) return 'found'
    await input.build()
    return 'built'
  } finally {
    clearInterval(beat)
    await rm(input.lockFile, { force: true })
  }
}

async function take(lockFile: string): Promise<boolean> {
  try {
    await writeFile(lockFile, JSON.stringify({ pid: process.pid, host: hostname() }), { flag: 'wx' })
    return true
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return false
    throw error
  }
}

async function isStale(lockFile: string): Promise<boolean> {
  const owner = /^\{"pid":(\d+),"host":"(.*)"\}$/.exec((await readPlain(lockFile, 1_000)) ?? '')
  try {
    if (Date.now() - (await stat(lockFile)).mtimeMs > STALE_MS) return true
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return false
    throw error
  }
  return owner !== null && owner[2] === hostname() && !isAlive(Number(owner[1]))
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return codeOf(error) === 'EPERM'
  }
}
