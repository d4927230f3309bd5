import { createHash, randomBytes, timingSafeEqual } from 'node:crypto'
import { chmodSync, linkSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { AppError } from '@/lib/errors'
import { makeFolder } from '@/lib/folder'
import { log } from '@/lib/log'

/** A configured token may be a phrase, but not one that can be guessed. */
const SHORTEST = 16

export interface InstallationToken {
  readonly token: string
  /** True for the start that made it: the link with it is printed then, and never again. */
  readonly made: boolean
}

/**
 * The key of this installation: `configured` (DEVPILOT_TOKEN) where set, else 32 random bytes in `<home>/token`,
 * mode 0600, made at the first start. Any number of processes may start at once: one makes it, all read it.
 * @throws AppError('bad_config') for a configured token that is too short, or a damaged file.
 */
export function installationToken(home: string, configured?: string): InstallationToken {
  if (configured !== undefined) {
    if (configured.length >= SHORTEST) return { token: configured, made: false }
    throw new AppError('bad_config', `DEVPILOT_TOKEN is shorter than ${SHORTEST} characters.`, {
      place: 'DEVPILOT_TOKEN',
      mend: 'Set a longer one, or unset it: one is made in DEVPILOT_HOME.',
    })
  }
  const path = join(home, 'token')
  const made = makeOnce(home, path)
  return { token: readToken(path), made }
}

/** Writes a whole file under another name and links it in: a reader never sees half a token. */
function makeOnce(home: string, path: string): boolean {
  makeFolder(home)
  if (statSync(path, { throwIfNoEntry: false })) return false
  const fresh = `${path}.${process.pid}.${randomBytes(4).toString('hex')}`
  writeFileSync(fresh, `${randomBytes(32).toString('base64url')}\n`, { mode: 0o600, flag: 'wx' })
  try {
    linkSync(fresh, path)
    return true
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') return false
    throw error
  } finally {
    rmSync(fresh, { force: true })
  }
}

function readToken(path: string): string {
  if ((statSync(path).mode & 0o077) !== 0) {
    log('warn', 'the token file could be read by others; its mode is 0600 again', { path })
    chmodSync(path, 0o600)
  }
  const token = readFileSync(path, 'utf8').trim()
  if (/^[A-Za-z0-9_-]{16,}$/.test(token)) return token
  throw new AppError('bad_config', `The file ${path} holds no token.`, {
    place: path,
    mend: 'Remove it and start again: another one is made.',
  })
}

/** Whether two secrets are equal, in a time that does not depend on where they differ. */
export function sameSecret(given: string, expected: string): boolean {
  const digest = (text: string) => createHash('sha256').update(text).digest()
  return timingSafeEqual(digest(given), digest(expected))
}
