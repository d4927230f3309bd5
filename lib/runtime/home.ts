import { AppError } from '@/lib/errors'
import { makeFolder } from '@/lib/folder'

/** What the system says of a folder that cannot be used, in words. */
const causes: Readonly<Record<string, (path: string) => string>> = {
  EEXIST: (path) => `${path} is a file and not a folder`,
  ENOTDIR: (path) => `${path} lies below a file`,
  EISDIR: (path) => `a folder stands below ${path} where a file has to be`,
  EACCES: (path) => `this user may not use ${path}`,
  EPERM: (path) => `this user may not use ${path}`,
  EROFS: (path) => `${path} lies on a read-only disk`,
  ENOENT: (path) => `${path} cannot be made`,
  ELOOP: (path) => `${path} is a link that leads to itself`,
  ENAMETOOLONG: (path) => `${path} is too long`,
}
const full = ['ENOSPC', 'EDQUOT']

/** Makes DEVPILOT_HOME. @throws AppError('bad_config' | 'disk_full') that names it, with the mend */
export function makeHome(home: string): void {
  try {
    makeFolder(home)
  } catch (error) {
    throw homeError(error, home)
  }
}

/**
 * An error of the file system while something below DEVPILOT_HOME was made or read, by the variable and its path; any
 * other error as it is.
 */
export function homeError(error: unknown, home: string): unknown {
  if (error instanceof AppError || !isSystemError(error)) return error
  const { code, path = home } = error
  const place = 'DEVPILOT_HOME'
  if (full.includes(code)) {
    return new AppError('disk_full', `The disk of DEVPILOT_HOME (${home}) is full.`, {
      place,
      mend: 'Free some space there, or let DEVPILOT_HOME name a folder on another disk.',
      cause: error,
    })
  }
  const why = causes[code]
  if (why === undefined) return error
  return new AppError('bad_config', `DEVPILOT_HOME (${home}) cannot be used: ${why(path)}.`, {
    place,
    mend: 'Let DEVPILOT_HOME name a folder that this user can write, or unset it: then it is ~/.devpilot.',
    cause: error,
  })
}

function isSystemError(error: unknown): error is Error & { readonly code: string; readonly path?: string } {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' && 'syscall' in error
}
