import { realpathSync } from 'node:fs'
import { basename, dirname, join, relative, resolve, sep } from 'node:path'
import type { RunOverrides } from '@/lib/core/trigger'
import { AppError } from '@/lib/errors'
import { packageRoot } from '@/lib/root'
import type { ServiceContext } from '../context'

/**
 * Files that a caller over the network may have read or written as recordings: those of the program's samples and of
 * `recordings/` in DEVPILOT_HOME. A caller in this very process has the user's own rights on any file.
 * @throws AppError('bad_request') that names the folder
 */
export function assertRecordings(ctx: ServiceContext, overrides: RunOverrides): void {
  if (ctx.local) return
  const allowed = [join(packageRoot(), 'samples'), join(ctx.home, 'recordings')]
  for (const name of ['recording', 'record'] as const) {
    const path = overrides[name]
    if (path === undefined || allowed.some((folder) => isBelow(folder, path))) continue
    throw new AppError('bad_request', `overrides.${name}: ${path} is not a place for recordings.`, {
      place: `overrides.${name}`,
      mend: `Name a file below ${allowed[1]}.`,
    })
  }
}

/** By where both really are: a link below the folder leads out of it, too. */
function isBelow(folder: string, path: string): boolean {
  if (path !== resolve(path)) return false
  const way = relative(real(folder), real(path))
  return way !== '' && way !== '..' && !way.startsWith(`..${sep}`)
}

/** The real path, of what is there of it: a recording that is to be made is not. */
function real(path: string): string {
  try {
    return realpathSync(path)
  } catch (error) {
    const parent = dirname(path)
    if (parent === path || !isMissing(error)) throw error
    return join(real(parent), basename(path))
  }
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOENT'
}
