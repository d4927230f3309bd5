import { existsSync, realpathSync } from 'node:fs'
import { homedir } from 'node:os'
import { isAbsolute, join, sep } from 'node:path'
import { AppError } from '@/lib/errors'
import type { Mount } from '@/lib/workspace/sandbox/sandbox'

/** Folders of a home that hold keys: never shown to a command, whatever a configuration says. */
const closed = [
  '.ssh',
  '.gnupg',
  '.aws',
  '.azure',
  '.kube',
  '.docker',
  '.config',
  '.netrc',
  '.npmrc',
  '.git-credentials',
]

/**
 * `sandbox.paths` of devpilot.yaml as read-only mounts at their own places.
 * @param home DEVPILOT_HOME: tokens, mirrors and other runs lie there
 * @throws AppError('bad_config') for a path that is relative, missing, or holds keys or other runs
 */
export function configuredMounts(paths: readonly string[], home: string): Mount[] {
  return paths.map((path) => {
    const refuse = (why: string) =>
      new AppError('bad_config', `sandbox.paths: ${path} ${why}.`, {
        place: 'sandbox.paths',
        mend: 'Name the folder of a toolchain, nothing above it.',
      })
    if (!isAbsolute(path)) throw refuse('is not absolute')
    if (!existsSync(path)) throw refuse('does not exist on this machine')
    const real = realpathSync(path)
    const secret = [home, ...closed.map((name) => join(homedir(), name))]
    if (secret.some((place) => covers(real, place) || covers(place, real)))
      throw refuse('holds keys or other runs')
    return { source: real, target: path, writable: false }
  })
}

function covers(folder: string, path: string): boolean {
  return path === folder || path.startsWith(folder.endsWith(sep) ? folder : folder + sep)
}
