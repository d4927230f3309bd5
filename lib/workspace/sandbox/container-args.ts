import { readFileSync } from 'node:fs'
import { AppError } from '@/lib/errors'
import { EGRESS_SOCKET } from './egress/forwarder'
import { commandEnv, hasGit, hostEtc, hostSystemRoots, workingFolder } from './layout'
import { scratchBytes } from './limits'
import { sandboxUser } from './ownership'
import {
  type Mount,
  SANDBOX_HOME,
  SANDBOX_WORKSPACE,
  type SandboxCommand,
  type SandboxLimits,
} from './sandbox'

export type Engine = 'docker' | 'podman'

export interface ContainerProfile {
  readonly engine: Engine
  readonly name: string
  readonly image: string
  /** Whether the image is the empty one that shows the host's programs. */
  readonly hostPrograms: boolean
  readonly command: SandboxCommand
  readonly limits: SandboxLimits
  readonly extra: readonly Mount[]
  readonly env: Readonly<Record<string, string>>
  readonly argv: readonly string[]
  readonly socket: string | null
  /** File of a system call filter; null leaves the engine's own. */
  readonly seccomp: string | null
}

/** Exit code by which the container says that the kernel killed in it for want of memory. */
export const STARVED = 251

/**
 * The first process: it reaps orphans, gives signals' ends as exit codes, and looks at the container's own cgroup
 * (version 1 or 2), because engines tell of a kill only when it hit the first process.
 */
const init = `"$@"
code=$?
for file in /sys/fs/cgroup/memory/memory.oom_control /sys/fs/cgroup/memory.events; do
  [ -r "$file" ] || continue
  while read -r name value; do
    if [ "$name" = oom_kill ] && [ "$value" != 0 ]; then exit ${STARVED}; fi
  done < "$file"
done
exit $code`

/** Arguments of `docker run` and `podman run`, alike but for two words. */
export function containerArgs(profile: ContainerProfile): string[] {
  const { command, limits, engine } = profile
  const user = sandboxUser()
  const rootless = engine === 'podman' && process.geteuid?.() !== 0
  const size = scratchBytes(limits)
  const tmpfs = (path: string): string[] => ['--tmpfs', `${path}:rw,exec,nosuid,nodev,mode=1777,size=${size}`]
  return [
    'run',
    '--interactive',
    '--init=false',
    '--name',
    profile.name,
    '--hostname',
    'sandbox',

    '--network',
    'none',
    '--read-only',
    ...(engine === 'podman' ? ['--read-only-tmpfs=false', '--http-proxy=false'] : []),
    ...(rootless ? ['--userns', 'keep-id'] : []),
    '--user',
    `${user.uid}:${user.gid}`,
    '--cap-drop',
    'ALL',
    '--security-opt',
    'no-new-privileges',
    '--security-opt',
    'label=disable',
    ...(profile.seccomp === null ? [] : ['--security-opt', `seccomp=${profile.seccomp}`]),
    ...limitArgs(limits),
    '--shm-size',
    String(size),
    ...tmpfs('/tmp'),
    ...(command.home === undefined ? tmpfs(SANDBOX_HOME) : []),
    ...(command.scratch ?? []).flatMap(tmpfs),
    ...mountsOf(profile).flatMap(mountArg),
    '--workdir',
    workingFolder(command),
    ...Object.entries(commandEnv(command, profile.env)).flatMap(([name, value]) => [
      '--env',
      `${name}=${value}`,
    ]),
    '--entrypoint',
    '',
    profile.image,
    '/bin/sh',
    '-c',
    init,
    'init',
    ...profile.argv,
  ]
}

/**
 * Counted over every container of the user, so it is no limit of ours (that is --pids-limit). It is given because
 * podman's default lies above what this process may set on some hosts, and the container then fails to start.
 */
function processCeiling(): number {
  const hard = /^Max processes\s+\S+\s+(\d+)/m.exec(readFileSync('/proc/self/limits', 'utf8'))?.[1]
  return Math.min(32_768, Number(hard ?? 32_768))
}

/** Disk and time are watched from outside; the rest is the engine's to hold. */
function limitArgs(limits: SandboxLimits): string[] {
  return [
    '--pids-limit',
    String(limits.processes),
    '--memory',
    String(limits.memoryBytes),
    '--memory-swap',
    String(limits.memoryBytes),
    '--ulimit',
    'nofile=8192:8192',
    '--ulimit',
    `nproc=${processCeiling()}:${processCeiling()}`,
    '--ulimit',
    'core=0:0',
    '--ulimit',
    `fsize=${limits.fileBytes}:${limits.fileBytes}`,
  ]
}

/** All mounts, outer ones first: an engine need not sort them. */
function mountsOf(profile: ContainerProfile): Mount[] {
  const { command } = profile
  const readOnly = (path: string): Mount => ({ source: path, target: path, writable: false })
  const system = hostSystemRoots().flatMap((root) => (root.kind === 'folder' ? [readOnly(root.path)] : []))
  const workspace = {
    source: command.workspace,
    target: SANDBOX_WORKSPACE,
    writable: command.workspaceWritable !== false,
  }
  const git = { source: `${command.workspace}/.git`, target: `${SANDBOX_WORKSPACE}/.git`, writable: false }
  return [
    ...(profile.hostPrograms ? [...system, ...hostEtc().map(readOnly)] : []),
    ...profile.extra,
    ...(command.home === undefined ? [] : [{ source: command.home, target: SANDBOX_HOME, writable: true }]),
    workspace,
    ...(hasGit(command.workspace) ? [git] : []),
    ...(command.mounts ?? []),
    ...(profile.socket === null ? [] : [{ source: profile.socket, target: EGRESS_SOCKET, writable: true }]),
  ].toSorted((a, b) => a.target.split('/').length - b.target.split('/').length)
}

function mountArg(mount: Mount): string[] {
  const odd = [mount.source, mount.target].find((path) => /[,"\n]/.test(path))
  if (odd !== undefined) {
    throw new AppError('bad_config', `The path ${JSON.stringify(odd)} cannot be shown in a container.`, {
      mend: 'Use a path without commas, quotes and newlines.',
    })
  }
  return [
    '--mount',
    `type=bind,source=${mount.source},target=${mount.target}${mount.writable ? '' : ',readonly'}`,
  ]
}
