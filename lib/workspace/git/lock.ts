import { randomUUID } from 'node:crypto'
import { readFile, rm, stat, utimes, writeFile } from 'node:fs/promises'
import { hostname } from 'node:os'
import { setTimeout as sleep } from 'node:timers/promises'
import { z } from 'zod'
import { AppError } from '@/lib/errors'

const holderSchema = z.object({ id: z.string(), pid: z.number(), host: z.string(), started: z.string() })
type Holder = z.infer<typeof holderSchema>

const beatMs = 5_000
/** A holder on another host that has not touched its lock for so long is dead. */
const staleMs = 60_000

interface LockOptions {
  readonly path: string
  /** How long to wait for the present holder, in milliseconds. */
  readonly timeoutMs: number
  readonly signal?: AbortSignal | undefined
}

/**
 * Runs `work` while holding a lock file, across processes and hosts that share the folder. The lock of a process
 * that died is taken over: at once on this host, after a minute without a sign of life on another.
 * @throws AppError('timeout', transient) when the holder does not let go in time; 'cancelled'.
 */
export async function withFileLock<T>(options: LockOptions, work: () => Promise<T>): Promise<T> {
  const holder: Holder = {
    id: randomUUID(),
    pid: process.pid,
    host: hostname(),
    started: await processStart(process.pid),
  }
  await take(options, holder)
  // The beat may come just as the lock is let go; a missing file is then no failure.
  const beat = setInterval(() => {
    utimes(options.path, new Date(), new Date()).catch(ignoreMissing)
  }, beatMs)
  beat.unref()
  try {
    return await work()
  } finally {
    clearInterval(beat)
    const now = await readHolder(options.path)
    if (now?.id === holder.id) await rm(options.path, { force: true })
  }
}

async function take(options: LockOptions, holder: Holder): Promise<void> {
  const end = Date.now() + options.timeoutMs
  for (let wait = 20; ; wait = Math.min(wait * 1.5, 500)) {
    if (await create(options.path, JSON.stringify(holder))) return
    if (await isStale(options.path)) await breakLock(options.path)
    else {
      if (options.signal?.aborted) throw new AppError('cancelled', 'Waiting for a lock was cancelled.')
      if (Date.now() > end) {
        throw new AppError('timeout', `Another process holds ${options.path}.`, {
          place: options.path,
          mend: 'Wait for it to end; if no DevPilot process is running, delete this file.',
          transient: true,
        })
      }
      await sleep(wait)
    }
  }
}

/** Only who made `<path>.break` may delete the lock, and looks again first: two that saw it stale cannot both. */
async function breakLock(path: string): Promise<void> {
  const guard = `${path}.break`
  if (!(await create(guard, ''))) {
    const age = await ageMs(guard)
    if (age !== null && age > staleMs) await rm(guard, { force: true })
    await sleep(20)
    return
  }
  try {
    if (await isStale(path)) await rm(path, { force: true })
  } finally {
    await rm(guard, { force: true })
  }
}

async function isStale(path: string): Promise<boolean> {
  const age = await ageMs(path)
  if (age === null) return false
  const holder = await readHolder(path)
  // Empty between its making and its writing; a crash in between leaves it so.
  if (!holder) return age > 2_000
  if (holder.host === hostname()) return (await processStart(holder.pid)) !== holder.started
  return age > staleMs
}

async function create(path: string, content: string): Promise<boolean> {
  try {
    await writeFile(path, content, { flag: 'wx', mode: 0o600 })
    return true
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return false
    throw error
  }
}

async function readHolder(path: string): Promise<Holder | null> {
  try {
    const parsed = holderSchema.safeParse(JSON.parse(await readFile(path, 'utf8')))
    return parsed.success ? parsed.data : null
  } catch (error) {
    if (error instanceof SyntaxError || codeOf(error) === 'ENOENT') return null
    throw error
  }
}

async function ageMs(path: string): Promise<number | null> {
  try {
    return Date.now() - (await stat(path)).mtimeMs
  } catch (error) {
    ignoreMissing(error)
    return null
  }
}

/** Tells a process from a later one with the same number; '' when there is none, 'alive' where /proc is not. */
async function processStart(pid: number): Promise<string> {
  try {
    const line = await readFile(`/proc/${pid}/stat`, 'utf8')
    return line.slice(line.lastIndexOf(')') + 2).split(' ')[19] ?? 'alive'
  } catch (error) {
    ignoreMissing(error)
  }
  try {
    process.kill(pid, 0)
    return 'alive'
  } catch (error) {
    return codeOf(error) === 'EPERM' ? 'alive' : ''
  }
}

function ignoreMissing(error: unknown): void {
  const code = codeOf(error)
  if (code !== 'ENOENT' && code !== 'ESRCH') throw error
}

function codeOf(error: unknown): unknown {
  return typeof error === 'object' && error !== null && 'code' in error ? error.code : undefined
}
