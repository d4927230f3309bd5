import { existsSync, readdirSync, realpathSync } from 'node:fs'
import { homedir } from 'node:os'
import { dirname, join } from 'node:path'
import { env, hostVariables } from '@/lib/env'

export interface Toolchains {
  /** Host paths shown read-only at their own place, beside the system's own folders. */
  readonly paths: readonly string[]
  /** PATH inside: the running Node first, then the host's own order, without what is not shown. */
  readonly path: string
  /** Variables that tell a toolchain where it lives, because HOME inside is another. */
  readonly env: Readonly<Record<string, string>>
}

/** Folders that every sandbox shows read-only whole. */
export const systemRoots = [
  '/usr',
  '/opt',
  '/nix/store',
  '/bin',
  '/sbin',
  '/lib',
  '/lib32',
  '/lib64',
  '/libx32',
] as const

interface Layout {
  /** Matches a folder of PATH relative to home. */
  readonly bin: RegExp
  /** Folders to show, relative to home; credentials beside them stay out. */
  readonly roots: (match: RegExpExecArray) => readonly string[]
  readonly variable?: readonly [name: string, root: string]
}

/** Version managers and the places where they keep programs. */
const layouts: readonly Layout[] = [
  { bin: /^(\.nvm\/versions\/node\/[^/]+)\/bin$/, roots: (m) => [m[1] ?? ''] },
  { bin: /^\.pyenv(\/.*)?$/, roots: () => ['.pyenv'], variable: ['PYENV_ROOT', '.pyenv'] },
  { bin: /^\.cargo\/bin$/, roots: () => ['.cargo/bin', '.rustup'], variable: ['RUSTUP_HOME', '.rustup'] },
  { bin: /^\.volta\/bin$/, roots: () => ['.volta'], variable: ['VOLTA_HOME', '.volta'] },
  { bin: /^\.rbenv(\/.*)?$/, roots: () => ['.rbenv'], variable: ['RBENV_ROOT', '.rbenv'] },
  { bin: /^\.asdf(\/.*)?$/, roots: () => ['.asdf'], variable: ['ASDF_DATA_DIR', '.asdf'] },
  {
    bin: /^\.local\/share\/mise(\/.*)?$/,
    roots: () => ['.local/share/mise'],
    variable: ['MISE_DATA_DIR', '.local/share/mise'],
  },
  {
    bin: /^\.local\/(share|state)\/fnm(_multishells)?\/.*$/,
    roots: () => ['.local/share/fnm', '.local/state/fnm_multishells'],
  },
  { bin: /^\.sdkman\/candidates\/.*$/, roots: () => ['.sdkman/candidates'] },
  { bin: /^\.bun\/bin$/, roots: () => ['.bun/bin', '.bun/install/global'] },
  { bin: /^\.deno\/bin$/, roots: () => ['.deno/bin'] },
  { bin: /^\.local\/share\/pnpm$/, roots: () => ['.local/share/pnpm'] },
  { bin: /^(go|\.go|sdk\/go[^/]*)\/bin$/, roots: (m) => [m[0].startsWith('sdk/') ? dirname(m[0]) : m[0]] },
  {
    bin: /^\.local\/bin$/,
    roots: () => [
      '.local/bin',
      '.local/share/uv',
      '.local/share/pipx',
      '.local/pipx',
      '.local/share/pypoetry',
    ],
  },
]

/**
 * The toolchains of this machine as its PATH tells them.
 * @param input the host's PATH, home and variables; by default this process's own.
 */
export function toolchains(input: Partial<HostTools> = {}): Toolchains {
  const host: HostTools = {
    path: input.path ?? env().PATH,
    home: input.home ?? homedir(),
    node: input.node ?? process.execPath,
    variables:
      input.variables ?? hostVariables(['PYENV_ROOT', 'RUSTUP_HOME', 'VOLTA_HOME', 'JAVA_HOME', 'GOROOT']),
  }
  const shown = new Set<string>()
  const variables: Record<string, string> = {}
  const bins: string[] = []
  const nodeBin = dirname(host.node)
  if (!isSystem(nodeBin)) shown.add(nodeBin)
  for (const folder of host.path.split(':')) {
    if (!folder.startsWith('/') || !existsSync(folder)) continue
    if (isSystem(folder) || addHomeLayout(folder, host, shown, variables)) bins.push(folder)
  }
  for (const name of ['JAVA_HOME', 'GOROOT']) {
    const value = host.variables[name]
    if (value !== undefined && existsSync(value)) {
      variables[name] = value
      if (!isSystem(value)) shown.add(value)
    }
  }
  const path = [nodeBin, ...bins, '/usr/local/bin', '/usr/bin', '/bin']
  return { paths: withoutNested([...shown]), path: [...new Set(path)].join(':'), env: variables }
}

export interface HostTools {
  readonly path: string
  readonly home: string
  /** The Node that runs us: inside, `node` is this one. */
  readonly node: string
  readonly variables: Readonly<Record<string, string>>
}

function isSystem(folder: string): boolean {
  return systemRoots.some((root) => folder === root || folder.startsWith(`${root}/`))
}

function addHomeLayout(
  folder: string,
  host: HostTools,
  shown: Set<string>,
  variables: Record<string, string>,
): boolean {
  const moved = Object.entries(host.variables).find(
    ([name, root]) => name.endsWith('_ROOT') && `${folder}/`.startsWith(`${root}/`),
  )
  if (moved && moved[0] === 'PYENV_ROOT' && !moved[1].startsWith(`${host.home}/`)) {
    shown.add(moved[1])
    variables[moved[0]] = moved[1]
    return true
  }
  if (!folder.startsWith(`${host.home}/`)) return false
  const inner = folder.slice(host.home.length + 1).replace(/\/+$/, '')
  for (const layout of layouts) {
    const match = layout.bin.exec(inner)
    if (!match) continue
    for (const root of layout.roots(match)) addTree(join(host.home, root), shown)
    if (layout.variable) variables[layout.variable[0]] = join(host.home, layout.variable[1])
    return true
  }
  return false
}

/** A folder, and where its direct links lead when that is elsewhere (`.local/bin/tool` into an own folder is not). */
function addTree(root: string, shown: Set<string>): void {
  if (!existsSync(root)) return
  shown.add(root)
  const real = realpathSync(root)
  if (real !== root && readdirSync(real).length > 0 && !isSystem(real)) shown.add(real)
}

function withoutNested(paths: readonly string[]): string[] {
  return paths.filter((path) => !paths.some((other) => other !== path && path.startsWith(`${other}/`)))
}
