/** A repository on a host that speaks GitHub's API. */
export interface GitHubRepository {
  /** `github.com`, or the host of a GitHub Enterprise Server, with its port if it has one. */
  readonly host: string
  readonly owner: string
  readonly repo: string
}

const owner = '(?<owner>[A-Za-z0-9](?:[A-Za-z0-9-]{0,38})(?:_[A-Za-z0-9]+)?)'
const repo = '(?<repo>[A-Za-z0-9._-]{1,100}?)'
const host = '(?<host>[A-Za-z0-9.-]+(?::\\d{1,5})?)'
const path = `${owner}/${repo}(?:\\.git)?`

const short = new RegExp(`^${path}$`)
const shapes = [
  new RegExp(`^(?:https?|git)://(?:[^@/]+@)?${host}/${path}/?$`),
  new RegExp(`^(?:git\\+)?ssh://(?:[^@/]+@)?${host}/${path}/?$`),
  new RegExp(`^(?:[^@/:]+@)(?<host>[A-Za-z0-9.-]+):${path}/?$`),
]

function fromGroups(groups: Record<string, string> | undefined): GitHubRepository | null {
  const { owner: ownerName, repo: repoName } = groups ?? {}
  if (ownerName === undefined || repoName === undefined || repoName === '.' || repoName === '..') return null
  return { host: normalHost(groups?.host), owner: ownerName, repo: repoName }
}

/** `ssh.github.com:443` and `www.github.com` are github.com; an ssh port says nothing about the API's. */
function normalHost(name: string | undefined): string {
  const lower = (name ?? 'github.com').toLowerCase()
  return /^(?:www\.|ssh\.)?github\.com(?::\d+)?$/.test(lower) ? 'github.com' : lower
}

/**
 * The repository that a remote names: `owner/name`, `https://host/owner/name(.git)`, `ssh://git@host/owner/name`
 * or `git@host:owner/name`.
 * @returns null when it has none of these shapes. Whether the host speaks GitHub's API is not known from it.
 */
export function parseRepository(text: string): GitHubRepository | null {
  const clean = text.trim()
  for (const shape of [short, ...shapes]) {
    const match = shape.exec(clean)
    if (match) return fromGroups(match.groups)
  }
  return null
}

export interface GitHubIssue extends GitHubRepository {
  readonly number: number
}

/**
 * The issue or pull request that a text names: `owner/name#42` or its page's address.
 * @returns null when it names none.
 */
export function parseIssue(text: string): GitHubIssue | null {
  const clean = text.trim()
  const match =
    new RegExp(`^${owner}/${repo}#(?<number>\\d{1,9})$`).exec(clean) ??
    new RegExp(`^https?://${host}/${owner}/${repo}/(?:issues|pull)/(?<number>\\d{1,9})(?:[/?#].*)?$`).exec(
      clean,
    )
  const repository = match ? fromGroups(match.groups) : null
  const number = Number(match?.groups?.number)
  return repository && number > 0 ? { ...repository, number } : null
}

/** Where a host's REST API is. */
export function apiUrlOf(hostName: string): string {
  return hostName === 'github.com' ? 'https://api.github.com' : `https://${hostName}/api/v3`
}

/** Where a repository is pushed to, from the address of its API. */
export function pushUrlOf(baseUrl: string, ownerName: string, repoName: string): string {
  const url = new URL(baseUrl)
  const origin = url.host === 'api.github.com' ? 'https://github.com' : url.origin
  return `${origin}/${ownerName}/${repoName}.git`
}
