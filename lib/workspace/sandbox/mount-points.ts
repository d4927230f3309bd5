import { chmodSync, lstatSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { AppError } from '@/lib/errors'
import { giveToSandbox } from './ownership'
import { SANDBOX_HOME, SANDBOX_WORKSPACE, type SandboxCommand } from './sandbox'

/**
 * Makes the places below workspace and home that a container engine is to mount on: it cannot in a read-only one.
 * @throws AppError('bad_request') when a link stands in the way: it is refused, not followed.
 */
export function makeMountPoints(command: SandboxCommand): void {
  for (const mount of command.mounts ?? []) {
    // A single file gets its empty mount point from the engine.
    if (lstatSync(mount.source, { throwIfNoEntry: false })?.isDirectory()) makeFolder(command, mount.target)
  }
  for (const target of command.scratch ?? []) {
    const folder = makeFolder(command, target)
    // runc gives a tmpfs the mode of what it covers, and root as its owner.
    if (folder !== null) chmodSync(folder, 0o1777)
  }
}

/** The host folder of a target, or null when it lies elsewhere. */
function makeFolder(command: SandboxCommand, target: string): string | null {
  const roots = [
    [SANDBOX_WORKSPACE, command.workspace],
    [SANDBOX_HOME, command.home],
  ] as const
  const [inside, outside] = roots.find(([path]) => target.startsWith(`${path}/`)) ?? []
  if (inside === undefined || outside === undefined) return null
  let at = outside
  for (const part of target.slice(inside.length + 1).split('/')) {
    at = join(at, part)
    const stat = lstatSync(at, { throwIfNoEntry: false })
    if (part === '..' || stat?.isSymbolicLink()) {
      throw new AppError('bad_request', `The mount ${target} leads over a link.`, {
        place: target,
        mend: 'Remove the link from the workspace.',
      })
    }
    if (stat) continue
    mkdirSync(at)
    giveToSandbox(at)
  }
  return at
}
