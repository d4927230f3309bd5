import { parseUnifiedDiff } from '@/lib/core/diff-lines'

/** A line as it stands in a unified diff; the numbers are 1-based, null on the side where the line is not. */
export interface PatchLine {
  readonly kind: 'context' | 'added' | 'removed'
  readonly oldLine: number | null
  readonly newLine: number | null
  readonly text: string
  /** The last line of its file ends without a newline. */
  readonly noNewline: boolean
}

export interface PatchHunk {
  /** What git wrote after the second `@@`: the function or section that the hunk lies in. */
  readonly section: string
  readonly oldStart: number
  readonly newStart: number
  readonly lines: readonly PatchLine[]
}

export interface PatchFile {
  readonly path: string
  /** Where a renamed file was before, else null. */
  readonly oldPath: string | null
  readonly status: 'added' | 'modified' | 'deleted' | 'renamed'
  readonly binary: boolean
  /** git's modes before and after where the diff states them: `100755` can be run, `120000` is a link. */
  readonly modes: readonly [before: string | null, after: string | null]
  /** How much a renamed or copied file kept, in percent. */
  readonly similarity: number | null
  readonly copiedFrom: string | null
  readonly added: number
  readonly removed: number
  readonly hunks: readonly PatchHunk[]
}

/** What a file's header says beside its names. */
interface Header {
  modes: [before: string | null, after: string | null]
  similarity: number | null
  copiedFrom: string | null
}

interface OpenFile extends Header {
  hunks: OpenHunk[]
}

interface OpenHunk {
  section: string
  oldStart: number
  newStart: number
  lines: PatchLine[]
}

/**
 * A unified diff as `git diff` writes it, every line kept for reading. Paths and statuses come from
 * lib/core/diff-lines.ts; the hunks of a file are told apart from its header by the sizes that `@@` states, so that
 * content which looks like a header stays content. Text that is no diff gives no files.
 */
export function parsePatch(diff: string): readonly PatchFile[] {
  const bodies = splitFiles(diff)
  return parseUnifiedDiff(diff).map((file, index) => {
    const { hunks = [], modes = [null, null], similarity = null, copiedFrom = null } = bodies[index] ?? {}
    const count = (kind: PatchLine['kind']): number =>
      hunks.reduce((sum, hunk) => sum + hunk.lines.filter((line) => line.kind === kind).length, 0)
    return {
      path: file.status === 'deleted' ? file.oldPath : file.newPath,
      oldPath: file.status === 'renamed' ? file.oldPath : null,
      status: file.status,
      binary: file.binary,
      modes,
      similarity,
      copiedFrom,
      added: count('added'),
      removed: count('removed'),
      hunks,
    }
  })
}

/** Header and hunks of each `diff --git`, in order. */
function splitFiles(diff: string): OpenFile[] {
  const files: OpenFile[] = []
  let [oldLine, newLine, oldLeft, newLeft] = [0, 0, 0, 0]
  for (const text of diff.split('\n')) {
    const hunk = files.at(-1)?.hunks.at(-1)
    if (hunk && text.startsWith('\\')) {
      const last = hunk.lines.pop()
      if (last) hunk.lines.push({ ...last, noNewline: true })
    } else if (hunk && (oldLeft > 0 || newLeft > 0)) {
      const sign = text[0]
      const kind = sign === '+' ? 'added' : sign === '-' ? 'removed' : 'context'
      const oldAt = kind === 'added' ? null : oldLine++
      const newAt = kind === 'removed' ? null : newLine++
      if (oldAt !== null) oldLeft--
      if (newAt !== null) newLeft--
      hunk.lines.push({ kind, oldLine: oldAt, newLine: newAt, text: text.slice(1), noNewline: false })
    } else if (text.startsWith('diff --git ')) {
      files.push({ hunks: [], modes: [null, null], similarity: null, copiedFrom: null })
    } else {
      const range = /^@@ -(\d+)(?:,(\d+))? \+(\d+)(?:,(\d+))? @@ ?(.*)$/.exec(text)
      if (!range) {
        readHeader(text, files.at(-1))
        continue
      }
      oldLine = Number(range[1])
      oldLeft = Number(range[2] ?? 1)
      newLine = Number(range[3])
      newLeft = Number(range[4] ?? 1)
      files.at(-1)?.hunks.push({ section: range[5] ?? '', oldStart: oldLine, newStart: newLine, lines: [] })
    }
  }
  return files
}

function readHeader(text: string, file: Header | undefined): void {
  if (!file) return
  const mode = /^(old|deleted file|new file|new) mode (\d{6})$/.exec(text)
  if (mode) file.modes[mode[1]?.startsWith('new') ? 1 : 0] = mode[2] ?? null
  const similarity = /^similarity index (\d{1,3})%$/.exec(text)
  if (similarity) file.similarity = Number(similarity[1])
  const copied = /^copy from (.+)$/.exec(text)
  if (copied) file.copiedFrom = copied[1] ?? null
}
