/** Any; only paths of it are kept. */
const HERE = 'http://here.invalid'

/**
 * A path of this site and nothing else, to go on to after signing in; `/` for all that is no such path. `//host`,
 * `/\host` and paths with control characters are other sites to a browser.
 */
export function ownPath(next: string | null | undefined): string {
  if (!next || !/^\/(?![/\\])[\x21-\x7e]*$/.test(next) || next.includes('\\') || !URL.canParse(next, HERE))
    return '/'
  const { origin, pathname, search, hash } = new URL(next, HERE)
  // `/x/..//host` is a path until it is resolved.
  return origin === HERE && !pathname.startsWith('//') ? `${pathname}${search}${hash}` : '/'
}
