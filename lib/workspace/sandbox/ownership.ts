import { execFile } from 'node:child_process'
import { lchownSync, lstatSync, readdirSync } from 'node:fs'
import { promisify } from 'node:util'
import { AppError } from '@/lib/errors'
import type { SandboxCommand } from './sandbox'

/**
 * The unprivileged user that commands run as when DevPilot itself is root (a container, a CI machine). It has no
 * name and no other use on the host. Never root: the kernel ignores the process limit for uid 0.
 */
export const SANDBOX_UID = 65_042

/** Whether this process must give files away so that sandboxed commands can write them. */
export function runsAsRoot(): boolean {
  return process.geteuid?.() === 0
}

/** Uid and gid that a command has on the host. */
export function sandboxUser(): { readonly uid: number; readonly gid: number } {
  if (runsAsRoot()) return { uid: SANDBOX_UID, gid: SANDBOX_UID }
  return { uid: process.geteuid?.() ?? SANDBOX_UID, gid: process.getegid?.() ?? SANDBOX_UID }
}

/**
 * Gives a worktree or a home to the sandbox's user, `.git` left alone. Does nothing unless this process is root.
 * Every sandbox calls it before each command, so that files which the host wrote since are writable as well.
 * `chown -R -h` walks by descriptors: a link that a command swaps in meanwhile is not followed.
 * @throws AppError('sandbox_unavailable') when the file system refuses.
 */
export async function prepareOwnership(path: string): Promise<void> {
  if (!runsAsRoot()) return
  const owner = `${SANDBOX_UID}:${SANDBOX_UID}`
  try {
    lchownSync(path, SANDBOX_UID, SANDBOX_UID)
    if (!lstatSync(path).isDirectory()) return
    const entries = readdirSync(path).filter((name) => name !== '.git')
    for (let at = 0; at < entries.length; at += 500) {
      const names = entries.slice(at, at + 500).map((name) => `./${name}`)
      await promisify(execFile)('chown', ['-R', '-h', '-P', '--from=0', owner, '--', ...names], { cwd: path })
    }
  } catch (error) {
    throw new AppError(
      'sandbox_unavailable',
      `The workspace could not be given to the sandbox's user: ${path}`,
      {
        mend: 'Put DEVPILOT_HOME on a file system with owners (not vfat or a root-squashed NFS), or run as a user that is not root.',
        cause: error,
      },
    )
  }
}

/** Gives away everything that a command is to write: workspace, home and writable mounts. */
export async function prepareWritable(command: SandboxCommand): Promise<void> {
  const mounts = (command.mounts ?? []).filter((mount) => mount.writable).map((mount) => mount.source)
  const home = command.home === undefined ? [] : [command.home]
  for (const path of [command.workspace, ...home, ...mounts]) await prepareOwnership(path)
}

/** The same for one file or folder that the host has just written. A no-op unless this process is root. */
export function giveToSandbox(path: string): void {
  if (runsAsRoot()) lchownSync(path, SANDBOX_UID, SANDBOX_UID)
}
