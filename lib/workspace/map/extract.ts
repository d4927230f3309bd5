import type { Grammar } from '@/lib/workspace/map/languages'
import type { Names } from '@/lib/workspace/map/parser'

/** A definition: its name, the line it stands on (1-based) and that line, shortened. */
export interface Definition {
  readonly name: string
  readonly line: number
  readonly text: string
}

/** What the map keeps of one blob. */
export interface FileFacts {
  readonly definitions: readonly Definition[]
  /** Every word of the file that may be a name, once, in order of first use. */
  readonly words: readonly string[]
}

const signatureChars = 160
/** More definitions in one file than that is generated code. */
const maxDefinitions = 2_000
const maxWords = 4_000
/** In characters. */
const longestLine = 10_000

/**
 * Words of a source that may be names: possible references by their spelling, outside comments and strings. Telling
 * uses from other words by the grammar costs as much again, and only words that some file defines count anyway.
 */
export function wordsOf(source: string, grammar: Grammar): string[] {
  const code = source.replace(grammar.comments === 'hash' ? hashComments : slashComments, ' ')
  return [...new Set(code.match(nameShape) ?? [])].filter((word) => !keywords.has(word)).slice(0, maxWords)
}

/** Definitions with the line that each stands on, from the names that the parser found. */
export function definitionsOf(names: Names, source: string): Definition[] {
  const lines = source.split('\n')
  const seen = new Set<string>()
  const definitions: Definition[] = []
  for (const [text, row] of names) {
    const name = lastName(text)
    const key = `${name}:${row}`
    if (importLine.test(lines[row] ?? '')) continue
    if (seen.has(key) || name === '' || definitions.length >= maxDefinitions) continue
    seen.add(key)
    definitions.push({ name, line: row + 1, text: signature(lines[row] ?? '') })
  }
  return definitions.sort((a, b) => a.line - b.line)
}

// Wrong at times (a quote in a regular expression). What is not closed runs to the end, and strings have a longest
// length: otherwise a hostile file makes the search quadratic.
const slashComments =
  /\/\*[\s\S]*?(?:\*\/|$)|\/\/[^\n]*|"(?:[^"\\\n]|\\.){0,2000}"|(?<![\w<&])'(?:[^'\\\n]|\\.){0,2000}'/g
const hashComments =
  /"""[\s\S]*?(?:"""|$)|(?<!\S)#[^\n]*|"(?:[^"\\\n]|\\.){0,2000}"|'(?:[^'\\\n]|\\.){0,2000}'/g
/** Beyond ASCII every character may be part of a name: twice as fast as asking Unicode for each. */
const nameShape = /[A-Za-z_$\x80-\uffff][\w$\x80-\uffff]{2,60}/g

const keywords = new Set(
  `abstract and any async await bool boolean break case catch class const constructor continue def default defer
  delete del elif else end enum export extends extern false final finally float fn for from func function get global
  goto if impl implements import include int interface is lambda let long match mod module mut namespace new nil
  none not null number object of or override package pass private protected public pub raise readonly require
  return self set short static str string struct super switch this throw throws trait true try type typeof
  undefined union unknown unsigned use using val var virtual void where while with yield None True False
  String Object Array Number Boolean Promise Error Map Set Date exports`.split(/\s+/),
)

/** A module bound to a local name is defined elsewhere. */
const importLine = /^(?:var|let|const)\s[^=]*=\s*(?:await\s+import|require)\b/

/** `Outer::inner` and `Outer.inner` are known by their last name. */
function lastName(text: string): string {
  return /[^:.\s]+$/.exec(text)?.[0] ?? ''
}

function signature(line: string): string {
  const text = line.trim().replace(/\s*\{$/, '')
  return text.length <= signatureChars ? text : `${text.slice(0, signatureChars)}…`
}

/** Long lines throughout, or one of them very long: not written by people. */
export function isMinified(source: string): boolean {
  const head = source.slice(0, 20_000)
  const lines = head.split('\n').length
  if (head.length > 2_000 && head.length / lines > 250) return true
  for (let start = 0; start < source.length; ) {
    const end = source.indexOf('\n', start)
    if ((end === -1 ? source.length : end) - start > longestLine) return true
    if (end === -1) break
    start = end + 1
  }
  return false
}
