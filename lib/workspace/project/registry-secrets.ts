/** A file for the setup command alone; `variable` tells the tool its path. */
export interface CredentialFile {
  readonly name: string
  readonly content: string
  /** The same settings without anything secret, for commands that run the repository's own code; null: nothing is left. */
  readonly open: string | null
  readonly variable: string
}

/** A text without the names and passwords that stand in its addresses. */
export function withoutUsers(content: string): string {
  return content.replace(/(https?:\/\/)[^\s/@"']*@/g, '$1')
}

/** npm's own line for a registry whose address carries a name and a password. */
export function basicAuth(registry: string): string[] {
  if (!URL.canParse(registry)) return []
  const { username, password, host, pathname } = new URL(registry)
  if (username === '') return []
  const pair = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`
  return [`//${host}${pathname}:_auth=${Buffer.from(pair).toString('base64')}`]
}

/** A file whose secrets stand in its addresses alone. */
export function withOpen(name: string, content: string, variable: string): CredentialFile {
  return { name, content, open: withoutUsers(content), variable }
}

/** Lines as a file. */
export function text(lines: readonly string[]): string {
  return `${lines.join('\n')}\n`
}

/** Hosts of addresses, each once: an address's name and password are no part of it. */
export function hostsOf(urls: readonly string[]): readonly string[] {
  return [...new Set(urls.filter((url) => URL.canParse(url)).map((url) => new URL(url).host))]
}
