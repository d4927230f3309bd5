/**
 * The one host whose repositories are read and written with this installation's GitHub credentials: that of
 * GITHUB_API_URL, else github.com. Nothing else is ever sent them.
 * @param apiUrl address of the REST API, undefined for github.com's
 * @returns the host with its port, in lower case
 */
export function githubHost(apiUrl: string | undefined): string {
  if (apiUrl === undefined) return 'github.com'
  const { host } = new URL(apiUrl)
  return host === 'api.github.com' ? 'github.com' : host
}

/** A host by its usual name: `www.` and `ssh.` of github.com are github.com. */
export function plainHost(host: string): string {
  const lower = host.toLowerCase()
  return /^(?:www\.|ssh\.)?github\.com(?::\d+)?$/.test(lower) ? 'github.com' : lower
}
