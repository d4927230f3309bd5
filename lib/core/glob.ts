/**
 * A glob over `/`-separated paths as a regular expression: `*` and `?` stay within a name, `**` crosses names,
 * `[a-z]`, `[!a]`, `{a,b}`, `\` quotes. A pattern that ends in `/`, or has no wildcard, covers the path itself and
 * everything below it. Matching starts at the top and minds letter case. Pure.
 */
export function globToRegExp(glob: string): RegExp {
  const plain = glob.replace(/^(?:\.?\/)+/, '')
  const folder = plain.endsWith('/')
  const body = plain.replace(/\/+$/, '')
  const below = folder || !/[*?[\]{}\\]/.test(body)
  return new RegExp(`^${source(body)}${below ? '(?:/.*)?' : ''}$`, 's')
}

/** Whether any of the globs covers the path; the first that does, else null. */
export function firstMatch(path: string, globs: readonly string[]): string | null {
  return globs.find((glob) => globToRegExp(glob).test(path)) ?? null
}

function source(glob: string): string {
  let out = ''
  let depth = 0
  for (let at = 0; at < glob.length; at++) {
    const char = glob.charAt(at)
    const rest = glob.slice(at)
    const stars = /^\*\*+/.exec(rest)?.[0]
    const set = /^\[(!|\^)?(\]?[^\]/]+)\]/.exec(rest)
    if (stars) {
      const startsName = at === 0 || glob[at - 1] === '/'
      const after = glob[at + stars.length]
      at += stars.length - 1
      if (!startsName) out += '[^/]*'
      else if (after === '/') {
        // `**/` is any number of whole names, none too.
        out += '(?:[^/]+/)*'
        at++
      } else out += '.*'
    } else if (char === '*') out += '[^/]*'
    else if (char === '?') out += '[^/]'
    else if (set) {
      out += `[${set[1] ? '^/' : ''}${(set[2] ?? '').replace(/[\\\]^[]/g, '\\$&')}]`
      at += set[0].length - 1
    } else if (char === '{' && rest.includes('}')) {
      out += '(?:'
      depth++
    } else if (char === '}' && depth > 0) {
      out += ')'
      depth--
    } else if (char === ',' && depth > 0) out += '|'
    else if (char === '\\' && at + 1 < glob.length) out += quote(glob.charAt(++at))
    else out += quote(char)
  }
  return out + ')'.repeat(depth)
}

function quote(char: string): string {
  return char.replace(/[\\^$.*+?()[\]{}|/-]/g, '\\$&')
}
