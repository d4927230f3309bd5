import { existsSync, lstatSync, readdirSync, readlinkSync } from 'node:fs'
import { join, posix } from 'node:path'
import { AppError } from '@/lib/errors'
import { forwarded, proxyEnv } from './egress/forwarder'
import { SANDBOX_HOME, SANDBOX_WORKSPACE, type SandboxCommand } from './sandbox'
import { systemRoots } from './toolchains'

/** A system folder inside: bound from the host, or a link as the host has it (`/bin` to `usr/bin`). */
export type SystemRoot =
  | { readonly kind: 'folder'; readonly path: string }
  | { readonly kind: 'link'; readonly path: string; readonly to: string }

/** The host's program folders. `/usr` and `/opt` hold programs, no secrets and no state. */
export function hostSystemRoots(): SystemRoot[] {
  return systemRoots.flatMap((path): SystemRoot[] => {
    if (!existsSync(path)) return []
    return lstatSync(path).isSymbolicLink()
      ? [{ kind: 'link', path, to: readlinkSync(path) }]
      : [{ kind: 'folder', path }]
  })
}

/** Single entries of /etc that programs need: no accounts, keys, host names or anybody's configuration. */
const etcEntries = [
  'ld.so.cache',
  'ld.so.conf',
  'ld.so.conf.d',
  'alternatives',
  'localtime',
  'timezone',
  'mime.types',
  'services',
  'protocols',
  'ssl/certs',
  'ssl/openssl.cnf',
  'pki/tls/certs',
  'pki/ca-trust/extracted',
  'ca-certificates',
  'ca-certificates.conf',
  'fonts',
  'terminfo',
  'magic',
  'magic.mime',
  'perl',
  'inputrc',
  'maven/m2.conf',
  'maven/logging',
] as const

/** Host paths below /etc shown read-only. Java's and Python's folders carry their version in the name. */
export function hostEtc(): string[] {
  const versioned = readdirSync('/etc').filter((name) => /^(java|python)[-\d]/.test(name))
  return [...etcEntries, ...versioned].map((name) => join('/etc', name)).filter((path) => existsSync(path))
}

/** The accounts and names that a program sees, instead of the host's own. */
export function ownEtc(uid: number, gid: number): Readonly<Record<string, string>> {
  return {
    '/etc/passwd': `root:x:0:0:root:/root:/bin/sh\nagent:x:${uid}:${gid}:agent:${SANDBOX_HOME}:/bin/sh\n`,
    '/etc/group': `root:x:0:\nagent:x:${gid}:\n`,
    '/etc/hosts': '127.0.0.1 localhost\n::1 localhost\n',
    '/etc/nsswitch.conf': 'passwd: files\ngroup: files\nhosts: files dns\n',
    '/etc/resolv.conf': '',
  }
}

/** The program and its arguments inside. */
export function argv(command: SandboxCommand, node: string): string[] {
  const plain =
    typeof command.command === 'string' ? ['/bin/sh', '-c', command.command] : [...command.command]
  return hasEgress(command) ? forwarded(node, plain) : plain
}

export function hasEgress(command: SandboxCommand): boolean {
  return (command.egress?.length ?? 0) > 0
}

/** The folder inside that the command starts in. @throws AppError('bad_request') when it lies outside the workspace. */
export function workingFolder(command: SandboxCommand): string {
  const folder = posix.normalize(posix.join(SANDBOX_WORKSPACE, command.cwd ?? '.'))
  if (folder === SANDBOX_WORKSPACE || folder.startsWith(`${SANDBOX_WORKSPACE}/`))
    return folder.replace(/\/$/, '')
  throw new AppError('bad_request', `The working folder "${command.cwd}" lies outside the workspace.`, {
    place: 'cwd',
    mend: 'Give a folder relative to the workspace, without leading `..`.',
  })
}

/** Every variable of the command; nothing is inherited from the host. */
export function commandEnv(
  command: SandboxCommand,
  base: Readonly<Record<string, string>>,
): Record<string, string> {
  return {
    HOME: SANDBOX_HOME,
    USER: 'agent',
    LANG: 'C.UTF-8',
    CI: 'true',
    TMPDIR: '/tmp',
    ...base,
    ...(hasEgress(command) ? proxyEnv() : {}),
    ...command.env,
  }
}

/**
 * Whether `.git` is to be pinned read-only: without it a command could set `core.fsmonitor` and have the host's next
 * git run its program, or rename the folder and lay another.
 * @throws AppError('repository_unusable') when it is a link, which no mount can pin.
 */
export function hasGit(workspace: string): boolean {
  const path = join(workspace, '.git')
  const stat = lstatSync(path, { throwIfNoEntry: false })
  if (!stat?.isSymbolicLink()) return stat !== undefined
  throw new AppError('repository_unusable', `${path} is a link.`, {
    mend: 'Make the workspace with `git worktree add`: its `.git` is then a file of its own.',
  })
}

/** Line of stderr that tells of a refused host. */
export function egressNote(refusal: string): string {
  return `devpilot: egress refused: ${refusal}`
}
