import { existsSync, readFileSync, realpathSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { hostVariables } from '@/lib/env'
import type { Mount } from '../sandbox'

/** Variables by which tools are told of the certificates they trust; each names a file or a folder. */
const variables = [
  'NODE_EXTRA_CA_CERTS',
  'SSL_CERT_FILE',
  'SSL_CERT_DIR',
  'PIP_CERT',
  'REQUESTS_CA_BUNDLE',
  'CURL_CA_BUNDLE',
  'GIT_SSL_CAINFO',
  'CARGO_HTTP_CAINFO',
  'NIX_SSL_CERT_FILE',
] as const

/** What the host's tools trust, to be shown inside at the same place under the same names. */
export function certificates(home: string = homedir()): {
  readonly env: Readonly<Record<string, string>>
  readonly mounts: readonly Mount[]
} {
  const found: Record<string, string> = { ...hostVariables(variables) }
  const npm = setting(
    ['/etc/npmrc', '/usr/etc/npmrc', join(home, '.npmrc')],
    /^\s*cafile\s*=\s*"?([^"\n]+?)"?\s*$/m,
  )
  const pip = setting(
    ['/etc/pip.conf', join(home, '.pip/pip.conf'), join(home, '.config/pip/pip.conf')],
    /^\s*cert\s*=\s*(.+?)\s*$/m,
  )
  if (npm !== undefined) found.npm_config_cafile = npm
  if (pip !== undefined) found.PIP_CERT ??= pip
  const real = Object.entries(found).filter(([, path]) => path.startsWith('/') && existsSync(path))
  const paths = [...new Set(real.map(([, path]) => path))]
  return {
    env: Object.fromEntries(real),
    mounts: paths.map((path) => ({ source: realpathSync(path), target: path, writable: false })),
  }
}

/** The last file that has the setting wins, as with the tools themselves. */
function setting(files: readonly string[], pattern: RegExp): string | undefined {
  return files
    .filter((file) => existsSync(file))
    .map((file) => pattern.exec(readFileSync(file, 'utf8'))?.[1])
    .findLast((value) => value !== undefined)
}
