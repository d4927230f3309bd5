import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { homedir, tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { hostToolEnv, hostVariables } from '@/lib/env'
import type { PackageManager } from '@/lib/workspace/project/project'
import { codeOf, readPlain } from '@/lib/workspace/project/reader'
import {
  basicAuth,
  type CredentialFile,
  hostsOf,
  text,
  withOpen,
  withoutUsers,
} from '@/lib/workspace/project/registry-secrets'
import type { Mount } from '@/lib/workspace/sandbox/sandbox'
import { spawnEnv } from '@/lib/workspace/sandbox/spawn-env'

/** Where a package manager of this machine gets its packages: what the setup command may reach, and how. */
export interface Registries {
  /** Hosts for the sandbox's egress: `name` or `name:port`. */
  readonly hosts: readonly string[]
  /** Settings without secrets. */
  readonly env: Readonly<Record<string, string>>
  /** Local folders of packages (pip's find-links). */
  readonly mounts: readonly Mount[]
  /** Settings that may hold credentials: written for the command that fetches, removed right after it. */
  readonly files: readonly CredentialFile[]
  /** npm's registry, with a slash at the end: public lock file addresses are led there. */
  readonly npmRegistry: string
}

/** The machine as this file sees it: replaced in tests. */
export interface HostSettings {
  readonly home: string
  readonly variables: Readonly<Record<string, string>>
  /** Output of a program of the host, null when it is absent or fails. Never run in a repository's folder. */
  run(program: string, args: readonly string[]): Promise<string | null>
}

const variableNames = [
  'PIP_INDEX_URL',
  'PIP_EXTRA_INDEX_URL',
  'PIP_FIND_LINKS',
  'PIP_TRUSTED_HOST',
  'PIP_CONFIG_FILE',
  'UV_INDEX_URL',
  'UV_DEFAULT_INDEX',
  'UV_EXTRA_INDEX_URL',
  'UV_INDEX',
  'UV_FIND_LINKS',
  'NPM_CONFIG_REGISTRY',
  'npm_config_registry',
  'YARN_REGISTRY',
  'YARN_NPM_REGISTRY_SERVER',
  'NPM_CONFIG_USERCONFIG',
  'GOPROXY',
  'GOSUMDB',
  'GONOSUMDB',
  'GOPRIVATE',
  'CARGO_HOME',
  'CARGO_REGISTRIES_CRATES_IO_INDEX',
] as const

/** This machine's settings. */
export function hostSettings(): HostSettings {
  const variables = hostVariables(variableNames)
  return {
    home: homedir(),
    variables,
    async run(program, args) {
      try {
        const options = { cwd: tmpdir(), env: spawnEnv({ ...hostToolEnv(), ...variables }), timeout: 20_000 }
        return (await promisify(execFile)(program, [...args], options)).stdout
      } catch (error) {
        if (codeOf(error) === 'ENOENT' || (error instanceof Error && 'stdout' in error)) return null
        throw error
      }
    },
  }
}

/**
 * The registries that this machine's tools are configured for; each manager's public one when there are none. A
 * repository's own settings are not asked: they could name any host.
 */
export async function findRegistries(
  manager: PackageManager,
  host: HostSettings = hostSettings(),
): Promise<Registries> {
  switch (manager) {
    case 'npm':
    case 'pnpm':
    case 'yarn-classic':
    case 'yarn-berry':
    case 'bun':
      return nodeRegistries(host)
    case 'pip':
    case 'uv':
    case 'poetry':
      return pythonRegistries(host)
    case 'go':
      return goRegistries(host)
    case 'cargo':
      return cargoRegistries(host)
    case 'maven':
    case 'gradle':
      return javaRegistries(host)
    default:
      return manager satisfies never
  }
}

const NPM_PUBLIC = 'https://registry.npmjs.org/'
const none: Registries = { hosts: [], env: {}, mounts: [], files: [], npmRegistry: NPM_PUBLIC }

async function nodeRegistries(host: HostSettings): Promise<Registries> {
  const userFile = host.variables.NPM_CONFIG_USERCONFIG ?? join(host.home, '.npmrc')
  const rc = expand((await readPlain(userFile, 1_000_000)) ?? '', host.variables)
  const asked = (await host.run('npm', ['config', 'get', 'registry']))?.trim()
  const fromFile = /^\s*registry\s*=\s*"?([^\s"]+)/m.exec(rc)?.[1]
  const registry = slash(
    [asked, fromFile].find((value) => value !== undefined && /^https?:/.test(value)) ?? NPM_PUBLIC,
  )
  const scoped = [...rc.matchAll(/^\s*@[^:\s]+:registry\s*=\s*"?([^\s"]+)/gm)].map((match) => match[1] ?? '')
  const kept = rc
    .split('\n')
    .filter((line) =>
      /^\s*(registry|@[^:]+:registry|\/\/|always-auth|_auth|cafile|certfile|keyfile)/.test(line),
    )
  const shown = withoutUsers(registry)
  const lines = [...kept, ...basicAuth(registry)]
  const open = kept.filter((line) => /^\s*(registry|@[^:]+:registry|cafile)/.test(line)).map(withoutUsers)
  return {
    ...none,
    hosts: hostsOf([registry, ...scoped]),
    env: {
      npm_config_registry: shown,
      YARN_NPM_REGISTRY_SERVER: shown.replace(/\/$/, ''),
      YARN_REGISTRY: shown,
    },
    files:
      lines.length === 0
        ? []
        : [
            {
              name: 'npmrc',
              content: text(lines),
              open: open.length === 0 ? null : text(open),
              variable: 'NPM_CONFIG_USERCONFIG',
            },
          ],
    npmRegistry: shown,
  }
}

async function pythonRegistries(host: HostSettings): Promise<Registries> {
  const listed = (await host.run('python3', ['-m', 'pip', 'config', 'list'])) ?? ''
  const settings = new Map<string, string>()
  for (const match of listed.matchAll(/^(?:global|install|:env:)\.([\w-]+)='(.*)'$/gm)) {
    settings.set(match[1] ?? '', (match[2] ?? '').replaceAll('\\n', ' ').trim())
  }
  const { variables } = host
  const index = settings.get('index-url') ?? variables.UV_DEFAULT_INDEX ?? variables.UV_INDEX_URL
  const extra = words(settings.get('extra-index-url') ?? variables.UV_EXTRA_INDEX_URL)
  const links = words(settings.get('find-links') ?? variables.UV_FIND_LINKS)
  const folders = links
    .map((link) => link.replace(/^file:\/\//, ''))
    .filter((link) => link.startsWith('/') && existsSync(link))
  const urls = [
    index ?? 'https://pypi.org/simple',
    ...extra,
    ...links.filter((link) => /^https?:/.test(link)),
  ]
  const lines = [
    ...(index === undefined ? [] : [`index-url = ${index}`]),
    ...(extra.length === 0 ? [] : [`extra-index-url = ${extra.join(' ')}`]),
    ...(links.length === 0 ? [] : [`find-links = ${links.join(' ')}`]),
    ...(settings.has('trusted-host') ? [`trusted-host = ${settings.get('trusted-host')}`] : []),
  ]
  const files: CredentialFile[] =
    lines.length === 0 ? [] : [withOpen('pip.conf', text(['[global]', ...lines]), 'PIP_CONFIG_FILE')]
  if (index !== undefined || extra.length > 0) {
    const uv = [
      ...(index === undefined ? [] : [`index-url = ${JSON.stringify(index)}`]),
      ...(extra.length === 0 ? [] : [`extra-index-url = ${JSON.stringify(extra)}`]),
    ]
    files.push(withOpen('uv.toml', text(uv), 'UV_CONFIG_FILE'))
  }
  const hosts = hostsOf(urls)
  return {
    ...none,
    hosts: hosts.includes('pypi.org') ? [...hosts, 'files.pythonhosted.org'] : hosts,
    mounts: folders.map((folder) => ({ source: folder, target: folder, writable: false })),
    files: [...files, ...(await netrc(host, hosts))],
  }
}

async function goRegistries(host: HostSettings): Promise<Registries> {
  const answer = await host.run('go', ['env', '-json', 'GOPROXY', 'GOSUMDB', 'GONOSUMDB', 'GOPRIVATE'])
  const value = (name: string) =>
    new RegExp(`"${name}": "([^"]*)"`).exec(answer ?? '')?.[1] ?? host.variables[name] ?? ''
  // `direct` would clone from anywhere: only the proxies are reached.
  const proxies = (value('GOPROXY') || 'https://proxy.golang.org')
    .split(/[,|]/)
    .filter((part) => /^https?:|^file:/.test(part))
  const folders = proxies.filter((part) => part.startsWith('file://')).map((part) => part.slice(7))
  const sum = value('GOSUMDB')
  const sumHost = sum === '' || sum === 'off' ? [] : [sum.split('+')[0]?.split(' ').at(-1) ?? '']
  const hosts = hostsOf(proxies.filter((part) => part.startsWith('http')))
  return {
    ...none,
    hosts: [...hosts, ...sumHost.filter((name) => /^[\w.-]+$/.test(name))],
    env: {
      GOPROXY: proxies.map(withoutUsers).join(',') || 'off',
      ...(sum === '' ? {} : { GOSUMDB: sum }),
      ...(value('GONOSUMDB') === '' ? {} : { GONOSUMDB: value('GONOSUMDB') }),
    },
    mounts: folders.map((folder) => ({ source: folder, target: folder, writable: false })),
    files: await netrc(host, hosts),
  }
}

async function cargoRegistries(host: HostSettings): Promise<Registries> {
  const folder = host.variables.CARGO_HOME ?? join(host.home, '.cargo')
  const config =
    (await readPlain(join(folder, 'config.toml'), 1_000_000)) ??
    (await readPlain(join(folder, 'config'), 1_000_000))
  const urls = [...(config ?? '').matchAll(/"(?:sparse\+|registry\+)?(https?:\/\/[^"]+)"/g)].map(
    (match) => match[1] ?? '',
  )
  const tokens = await readPlain(join(folder, 'credentials.toml'), 1_000_000)
  const copy = (name: string, content: string | null): readonly CredentialFile[] =>
    content === null
      ? []
      : [
          {
            name,
            content,
            open: name === 'config.toml' ? withoutUsers(content.replace(/^\s*"?token"?\s*=.*$/gm, '')) : null,
            variable: `DEVPILOT_CARGO_${name.split('.')[0]?.toUpperCase() ?? ''}`,
          },
        ]
  return {
    ...none,
    hosts: urls.length === 0 ? ['index.crates.io', 'static.crates.io'] : hostsOf(urls),
    files: [...copy('config.toml', config), ...(urls.length === 0 ? [] : copy('credentials.toml', tokens))],
  }
}

async function javaRegistries(host: HostSettings): Promise<Registries> {
  const settings = await readPlain(join(host.home, '.m2', 'settings.xml'), 1_000_000)
  const urls = [...(settings ?? '').matchAll(/<url>\s*(https?:\/\/[^<\s]+)/g)].map((match) => match[1] ?? '')
  return {
    ...none,
    hosts:
      urls.length === 0 ? ['repo.maven.apache.org', 'repo1.maven.org', 'plugins.gradle.org'] : hostsOf(urls),
    files:
      settings === null
        ? []
        : [
            {
              name: 'settings.xml',
              content: settings,
              open: withoutUsers(settings.replace(/<servers>[\s\S]*?<\/servers>/g, '')).replace(
                /<(password|passphrase|username)>[\s\S]*?<\/\1>/g,
                '',
              ),
              variable: 'DEVPILOT_MAVEN_SETTINGS',
            },
          ],
  }
}

/** The entries of ~/.netrc for these hosts alone. */
async function netrc(host: HostSettings, hosts: readonly string[]): Promise<readonly CredentialFile[]> {
  const known = await readPlain(join(host.home, '.netrc'), 100_000)
  const entries = [...(known ?? '').matchAll(/machine\s+(\S+)\s+login\s+(\S+)\s+password\s+(\S+)/g)]
  const kept = entries
    .filter((entry) => hosts.some((name) => name.split(':')[0] === entry[1]))
    .map((entry) => entry[0])
  return kept.length === 0 ? [] : [{ name: 'netrc', content: text(kept), open: null, variable: 'NETRC' }]
}

function words(list: string | undefined): readonly string[] {
  return (list ?? '').split(/\s+/).filter((word) => word !== '')
}

function slash(url: string): string {
  return url.endsWith('/') ? url : `${url}/`
}

function expand(settings: string, variables: Readonly<Record<string, string>>): string {
  return settings.replace(
    /\$\{(\w+)\}/g,
    (whole, name: string) => variables[name] ?? hostVariables([name])[name] ?? whole,
  )
}
