import type { EditInput, EditResult } from '@/lib/agents/workspace'
import { AppError } from '@/lib/errors'
import { nearestPlace } from '@/lib/workspace/files/nearest'
import { showPath } from '@/lib/workspace/files/path'

/**
 * Replaces `oldText` in a file's text. First exactly; then line by line with indentation and trailing space ignored,
 * the new lines brought to the indentation found. Line ends stay those of the file. Pure.
 * @throws AppError('bad_request') for an empty or unchanged text; 'unprocessable' when the place is not found (with
 *   the nearest one) or found more than once without `all` (with the lines).
 */
export function editText(text: string, input: EditInput): { readonly text: string } & EditResult {
  const { path, oldText, newText } = input
  if (oldText === '') {
    throw new AppError('bad_request', 'oldText is empty, so it names no place.', {
      place: path,
      mend: 'Give the text to replace, or use write_file to write the whole file.',
    })
  }
  if (oldText === newText) {
    throw new AppError('bad_request', 'oldText and newText are the same.', { place: path })
  }
  const eol = usesCrlf(text) ? '\r\n' : '\n'
  const put = toEol(newText, eol)
  for (const sought of new Set([oldText, toEol(oldText, eol)])) {
    const places = occurrences(text, sought)
    if (places.length === 0) continue
    const lines = places.map((place) => lineAt(text, place))
    requireOne(lines, input)
    return {
      text: text.split(sought).join(put),
      replaced: places.length,
      matched: 'exact',
      line: lines[0] ?? 1,
    }
  }
  return editByLines(text, input, eol)
}

interface Line {
  readonly text: string
  readonly eol: string
}

function editByLines(text: string, input: EditInput, eol: string): { readonly text: string } & EditResult {
  const lines = splitLines(text)
  const sought = bodyLines(input.oldText)
  const starts = findLines(lines, sought)
  if (starts.length === 0) throw notFound(text, lines, input)
  requireOne(
    starts.map((start) => start + 1),
    input,
  )
  const wanted = input.newText === '' ? [] : bodyLines(input.newText)
  const result = [...lines]
  for (const start of [...starts].reverse()) {
    const found = lines.slice(start, start + sought.length)
    const map = indentations(sought, found)
    const last = found.at(-1)?.eol ?? eol
    const put = wanted.map((line, index) => ({
      text: reindent(line, map),
      eol: index === wanted.length - 1 ? last : eol,
    }))
    result.splice(start, sought.length, ...put)
  }
  return {
    text: result.map((line) => line.text + line.eol).join(''),
    replaced: starts.length,
    matched: 'whitespace',
    line: (starts[0] ?? 0) + 1,
  }
}

/** Starts of the runs of lines that equal the sought ones but for outer white space; runs do not overlap. */
function findLines(lines: readonly Line[], sought: readonly string[]): number[] {
  const wanted = sought.map((line) => line.trim())
  if (wanted.every((line) => line === '')) return []
  const have = lines.map((line) => line.text.trim())
  const starts: number[] = []
  for (let start = 0; start + wanted.length <= have.length; start++) {
    if (!wanted.every((line, offset) => have[start + offset] === line)) continue
    starts.push(start)
    start += wanted.length - 1
  }
  return starts
}

/** Indentation in the given text to the one in the file, from the lines that were matched. */
function indentations(sought: readonly string[], found: readonly Line[]): Map<string, string> {
  const map = new Map<string, string>()
  for (const [index, line] of sought.entries()) {
    const there = found[index]
    if (line.trim() === '' || !there) continue
    const given = indentOf(line)
    if (!map.has(given)) map.set(given, indentOf(there.text))
  }
  return map
}

function reindent(line: string, map: ReadonlyMap<string, string>): string {
  if (line.trim() === '') return ''
  const given = indentOf(line)
  const rest = line.slice(given.length)
  const keys = [...map.keys()].sort((a, b) => b.length - a.length)
  const inner = keys.find((key) => given.startsWith(key))
  if (inner !== undefined) return (map.get(inner) ?? '') + given.slice(inner.length) + rest
  // Less indented than every line that was matched: as much less in the file.
  const outer = keys.at(-1) ?? ''
  const there = map.get(outer) ?? ''
  return there.slice(0, Math.max(0, there.length - (outer.length - given.length))) + rest
}

function requireOne(lines: readonly number[], input: EditInput): void {
  if (lines.length === 1 || input.all) return
  const shown = lines.slice(0, 20).join(', ') + (lines.length > 20 ? ', …' : '')
  throw new AppError(
    'unprocessable',
    `oldText stands ${lines.length} times in ${showPath(input.path)}: lines ${shown}.`,
    {
      place: input.path,
      mend: 'Give more lines around the one place that is meant, or set `all` to replace every one.',
    },
  )
}

function notFound(text: string, lines: readonly Line[], input: EditInput): AppError {
  const already = input.newText.length > 10 ? occurrences(text, input.newText) : []
  const first = already[0]
  const near = nearestPlace(
    lines.map((line) => line.text),
    bodyLines(input.oldText),
  )
  const hint =
    first !== undefined
      ? `newText stands there already, at line ${lineAt(text, first)}.`
      : (near ?? 'Nothing there is like it.')
  return new AppError('unprocessable', `oldText is not in ${showPath(input.path)}. ${hint}`, {
    place: input.path,
    mend: 'Read the file again and give the text as it stands there.',
  })
}

function occurrences(text: string, sought: string): number[] {
  const places: number[] = []
  for (let at = text.indexOf(sought); at !== -1; at = text.indexOf(sought, at + sought.length))
    places.push(at)
  return places
}

function lineAt(text: string, offset: number): number {
  let line = 1
  for (let at = text.indexOf('\n'); at !== -1 && at < offset; at = text.indexOf('\n', at + 1)) line++
  return line
}

/** Lines with their ends; a text that ends without one has a last line without. */
export function splitLines(text: string): Line[] {
  const lines: Line[] = []
  for (let start = 0; start < text.length; ) {
    const end = text.indexOf('\n', start)
    if (end === -1) {
      lines.push({ text: text.slice(start), eol: '' })
      break
    }
    const crlf = end > start && text[end - 1] === '\r'
    lines.push({ text: text.slice(start, crlf ? end - 1 : end), eol: crlf ? '\r\n' : '\n' })
    start = end + 1
  }
  return lines
}

function bodyLines(text: string): string[] {
  return text.replace(/\r?\n$/, '').split(/\r?\n/)
}

function usesCrlf(text: string): boolean {
  const all = occurrences(text, '\n').length
  return all > 0 && occurrences(text, '\r\n').length * 2 > all
}

function toEol(text: string, eol: string): string {
  return text.replace(/\r\n/g, '\n').replaceAll('\n', eol)
}

function indentOf(line: string): string {
  return /^[ \t]*/.exec(line)?.[0] ?? ''
}
