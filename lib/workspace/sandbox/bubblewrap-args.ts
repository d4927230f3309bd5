import { EGRESS_SOCKET } from './egress/forwarder'
import { commandEnv, hasGit, hostEtc, hostSystemRoots, ownEtc, workingFolder } from './layout'
import { prlimitArgs, scratchBytes } from './limits'
import { sandboxUser } from './ownership'
import {
  type Mount,
  SANDBOX_HOME,
  SANDBOX_WORKSPACE,
  type SandboxCommand,
  type SandboxLimits,
} from './sandbox'

export interface Profile {
  readonly command: SandboxCommand
  readonly limits: SandboxLimits
  /** Read-only mounts beside the system's folders: toolchains, certificates. */
  readonly extra: readonly Mount[]
  readonly env: Readonly<Record<string, string>>
  readonly argv: readonly string[]
  readonly socket: string | null
}

/** Every source outside of the system's folders: those that may need staging. */
export function sourcesOf(profile: Profile): string[] {
  const { command, socket } = profile
  const mounts = [...profile.extra, ...(command.mounts ?? [])].map((mount) => mount.source)
  return [
    command.workspace,
    ...(command.home === undefined ? [] : [command.home]),
    ...mounts,
    ...(socket === null ? [] : [socket]),
  ]
}

const namespaces = [
  '--unshare-all',
  '--unshare-user',
  '--disable-userns',
  '--die-with-parent',
  '--new-session',
  '--cap-drop',
  'ALL',
  '--clearenv',
  '--hostname',
  'sandbox',
] as const

/**
 * bubblewrap's arguments and the texts of the files it is to show. The options go by a descriptor and not by the
 * command line, which is readable from inside as /proc/1/cmdline.
 * @param at where a source is found when bubblewrap runs.
 */
export function bubblewrapArgs(
  profile: Profile,
  at: (source: string) => string,
): { readonly argv: readonly string[]; readonly data: readonly string[] } {
  const { command, limits } = profile
  const user = sandboxUser()
  const files = Object.entries(ownEtc(user.uid, user.gid))
  const tmpfs = (path: string): string[] => [
    '--perms',
    '1777',
    '--size',
    String(scratchBytes(limits)),
    '--tmpfs',
    path,
  ]
  const bind = (source: string, target: string, writable: boolean): string[] => [
    writable ? '--bind' : '--ro-bind',
    at(source),
    target,
  ]
  const options = [
    ...namespaces,
    ...Object.entries(commandEnv(command, profile.env)).flatMap(([name, value]) => ['--setenv', name, value]),
    ...hostSystemRoots().flatMap((root) =>
      root.kind === 'link' ? ['--symlink', root.to, root.path] : ['--ro-bind', root.path, root.path],
    ),
    ...hostEtc().flatMap((path) => ['--ro-bind-try', path, path]),
    ...files.flatMap(([path], index) => ['--perms', '0444', '--ro-bind-data', String(index + 4), path]),
    '--proc',
    '/proc',
    '--dev',
    '/dev',
    ...tmpfs('/dev/shm'),
    ...tmpfs('/tmp'),
    '--symlink',
    '../tmp',
    '/var/tmp',
    ...profile.extra.flatMap((mount) => bind(mount.source, mount.target, mount.writable)),
    ...(command.home === undefined ? tmpfs(SANDBOX_HOME) : bind(command.home, SANDBOX_HOME, true)),
    ...bind(command.workspace, SANDBOX_WORKSPACE, true),
    ...(hasGit(command.workspace)
      ? ['--ro-bind', `${at(command.workspace)}/.git`, `${SANDBOX_WORKSPACE}/.git`]
      : []),
    ...(command.mounts ?? []).flatMap((mount) => bind(mount.source, mount.target, mount.writable)),
    // After the mounts: scratch folders lie over read-only ones (node_modules/.cache).
    ...(command.scratch ?? []).flatMap(tmpfs),
    ...(profile.socket === null ? [] : bind(profile.socket, EGRESS_SOCKET, true)),
    // Last, because bubblewrap makes the mount points above by itself.
    ...(command.workspaceWritable === false ? ['--remount-ro', SANDBOX_WORKSPACE] : []),
    '--remount-ro',
    '/dev',
    '--remount-ro',
    '/',
    '--chdir',
    workingFolder(command),
  ]
  return {
    argv: ['bwrap', '--args', '3', '--', ...prlimitArgs(limits), ...profile.argv],
    data: [options.map((option) => `${option}\0`).join(''), ...files.map(([, text]) => text)],
  }
}
