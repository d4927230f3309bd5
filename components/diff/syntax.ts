import type { Range } from '@/lib/core/word-diff'

export interface Token {
  readonly range: Range
  readonly kind: 'comment' | 'string' | 'keyword'
}

const words =
  'abstract|and|as|async|await|break|case|catch|class|const|continue|def|default|defer|delete|do|elif|else|enum|export|extends|final|finally|fn|for|from|func|function|go|if|impl|implements|import|in|interface|is|let|match|mod|module|mut|namespace|new|not|or|package|pass|private|protected|pub|public|raise|readonly|return|satisfies|select|static|struct|super|switch|this|throw|throws|trait|try|type|typeof|use|val|var|void|where|while|with|yield'

const strings = /"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|`(?:[^`\\]|\\.)*`/
const grammar = (comment: RegExp): RegExp =>
  new RegExp(`(?<comment>${comment.source})|(?<string>${strings.source})|(?<keyword>\\b(?:${words})\\b)`, 'g')

const slashes = grammar(/\/\/.*|\/\*.*?(?:\*\/|$)|^\s*\*(?:\s.*|\/)?$/)
const hashes = grammar(/#.*/)
const dashes = grammar(/--.*/)

const grammars: Readonly<Record<string, RegExp>> = {
  ...of(
    slashes,
    'js jsx ts tsx mjs cjs mts cts java kt go rs c h cc cpp hpp cs swift php scala dart css scss vue svelte proto',
  ),
  ...of(hashes, 'py rb sh bash yaml yml toml pl r ex exs tf dockerfile'),
  ...of(dashes, 'sql lua hs'),
}

function of(pattern: RegExp, extensions: string): Record<string, RegExp> {
  return Object.fromEntries(extensions.split(' ').map((extension) => [extension, pattern]))
}

/** Lines over this are not coloured: they are not read either. */
const MAX = 2_000

/** Comments, strings and keywords of one line, by the habits of its file's language; a line at a time, so without those that go over several. */
export function tokensOf(path: string, text: string): readonly Token[] {
  const pattern = grammars[path.slice(path.lastIndexOf('.') + 1).toLowerCase()]
  if (!pattern || text.length > MAX) return []
  return [...text.matchAll(pattern)].map((match): Token => {
    const groups = match.groups ?? {}
    const kind = groups.comment !== undefined ? 'comment' : groups.string !== undefined ? 'string' : 'keyword'
    return { range: [match.index, match.index + match[0].length], kind }
  })
}
