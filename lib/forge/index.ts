import type { Forge } from './forge'
import { parseRepository } from './github/url'

/**
 * Which forge a repository's remote belongs to, by its host's name alone.
 * @param remoteUrl the URL of `origin`, or null when there is none.
 * @param hosts names of GitHub Enterprise and self-hosted GitLab servers whose names do not tell.
 * @returns 'local' for no remote, a path, and every host that is not known.
 */
export function detectForge(
  remoteUrl: string | null,
  hosts: { readonly github?: readonly string[]; readonly gitlab?: readonly string[] } = {},
): Forge['kind'] {
  if (remoteUrl === null) return 'local'
  const host = hostOf(remoteUrl.trim())
  if (host === null) return 'local'
  const named = (suffix: string) => host === `${suffix}.com` || host.startsWith(`${suffix}.`)
  if (hosts.gitlab?.includes(host) || named('gitlab')) return 'gitlab'
  if (hosts.github?.includes(host) || named('github') || host.endsWith('.ghe.com')) {
    return parseRepository(remoteUrl) ? 'github' : 'local'
  }
  return 'local'
}

function hostOf(remote: string): string | null {
  if (/^[a-z][a-z0-9+.-]*:\/\//i.test(remote)) {
    const name = URL.canParse(remote) ? new URL(remote).hostname.toLowerCase() : ''
    return name === '' ? null : name.replace(/^(?:www|ssh|altssh)\./, '')
  }
  // `C:\work\repo` and `./a:b` are paths; `git@host:path` is not.
  return /^(?:[^@/\\:]+@)([A-Za-z0-9.-]+):(?!\\)/.exec(remote)?.[1]?.toLowerCase() ?? null
}
