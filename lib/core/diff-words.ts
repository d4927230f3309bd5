import type { PatchFile, PatchHunk, PatchLine } from './diff'

/** A run of removed lines and the added ones that took their place. */
export interface ChangeBlock {
  readonly removed: readonly PatchLine[]
  readonly added: readonly PatchLine[]
}

/** The lines of a hunk as they belong together: context one by one, changes as blocks. */
export function blocksOf(lines: readonly PatchLine[]): readonly (PatchLine | ChangeBlock)[] {
  const blocks: (PatchLine | { removed: PatchLine[]; added: PatchLine[] })[] = []
  let open: { removed: PatchLine[]; added: PatchLine[] } | null = null
  for (const line of lines) {
    if (line.kind === 'context') {
      blocks.push(line)
      open = null
      continue
    }
    if (!open || (line.kind === 'removed' && open.added.length > 0)) {
      open = { removed: [], added: [] }
      blocks.push(open)
    }
    open[line.kind].push(line)
  }
  return blocks
}

const kinds: Readonly<Record<string, string>> = {
  '100644': 'a plain file',
  '100755': 'a file that can be run',
  '120000': 'a symbolic link',
  '160000': 'a submodule',
}
const modeWords = (mode: string): string => kinds[mode] ?? `mode ${mode}`

/** What is to be known of a file's change and cannot be seen in its lines, in sentences. */
export function changeWords(file: PatchFile): readonly string[] {
  const [before, after] = file.modes
  const words: string[] = []
  if (file.status === 'renamed') words.push(renameWords(file))
  if (file.copiedFrom !== null) words.push(`Copied from ${file.copiedFrom}.`)
  if (before !== null && after !== null && before !== after)
    words.push(`Was ${modeWords(before)}, is ${modeWords(after)} now.`)
  else if (file.status === 'added' && after !== null && after !== '100644')
    words.push(`A new file, and it is ${modeWords(after)}.`)
  if (file.binary) words.push('A binary file: its bytes are not shown.')
  else if (file.hunks.length === 0 && words.length === 0) words.push(emptyWords(file))
  const only = onlySpace(file.hunks)
  if (only !== null) words.push(only)
  return words
}

function renameWords({ oldPath, similarity, hunks }: PatchFile): string {
  const same = similarity === 100 || (similarity === null && hunks.length === 0)
  return `Renamed from ${oldPath ?? 'another name'}${same ? ', and not changed' : ''}.`
}

function emptyWords({ status }: PatchFile): string {
  if (status === 'added') return 'A new file with nothing in it.'
  return status === 'deleted' ? 'An empty file is deleted.' : 'No line differs.'
}

/** Says so where nothing but line endings or white space differs. */
function onlySpace(hunks: readonly PatchHunk[]): string | null {
  const blocks = hunks
    .flatMap((hunk) => blocksOf(hunk.lines))
    .filter((item): item is ChangeBlock => 'removed' in item)
  const textOf = (lines: readonly PatchLine[]) => lines.map((line) => line.text)
  const pairs = blocks.map(({ removed, added }) => [textOf(removed), textOf(added)] as const)
  if (pairs.length === 0) return null
  const bare = (lines: readonly string[]) => lines.map((line) => line.replace(/\r$/, '')).join('\n')
  if (pairs.every(([was, is]) => was.length > 0 && is.length > 0 && bare(was) === bare(is))) {
    const ends = (lines: readonly string[]) => lines.some((line) => line.endsWith('\r'))
    const [hadReturns, hasReturns] = [pairs.some(([was]) => ends(was)), pairs.some(([, is]) => ends(is))]
    if (hadReturns !== hasReturns)
      return `Only line endings change, from ${hadReturns ? 'CRLF to LF' : 'LF to CRLF'}.`
    return hadReturns ? 'Only line endings change.' : 'Only the newline at the end of the file changes.'
  }
  const tight = (lines: readonly string[]) => lines.join('').replace(/\s+/g, '')
  return pairs.every(([was, is]) => tight(was) === tight(is)) ? 'Only white space changes.' : null
}
