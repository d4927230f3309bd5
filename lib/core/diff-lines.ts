/** One file of a unified diff. Line numbers are 1-based: of the old file for removed lines, of the new for others. */
export interface DiffFile {
  readonly oldPath: string
  readonly newPath: string
  readonly status: 'added' | 'modified' | 'deleted' | 'renamed'
  readonly binary: boolean
  readonly hunks: readonly DiffHunk[]
}

export interface DiffHunk {
  readonly removed: readonly DiffLine[]
  readonly added: readonly DiffLine[]
}

export interface DiffLine {
  readonly line: number
  readonly text: string
}

interface OpenFile {
  oldPath: string
  newPath: string
  status: DiffFile['status']
  binary: boolean
  hunks: { removed: DiffLine[]; added: DiffLine[] }[]
}

/** Reads `git diff` output; anything that is no diff gives no files. Hunk sizes decide what is content. */
export function parseUnifiedDiff(diff: string): readonly DiffFile[] {
  const files: OpenFile[] = []
  let oldLine = 0
  let newLine = 0
  let oldLeft = 0
  let newLeft = 0
  for (const text of diff.split('\n')) {
    const file = files.at(-1)
    const hunk = file?.hunks.at(-1)
    if (hunk !== undefined && (oldLeft > 0 || newLeft > 0)) {
      if (text.startsWith('-')) {
        hunk.removed.push({ line: oldLine++, text: text.slice(1) })
        oldLeft--
      } else if (text.startsWith('+')) {
        hunk.added.push({ line: newLine++, text: text.slice(1) })
        newLeft--
      } else if (!text.startsWith('\\')) {
        oldLine++
        newLine++
        oldLeft--
        newLeft--
      }
      continue
    }
    const range = /^@@ -(\d+)(?:,(\d+))? \+(\d+)(?:,(\d+))? @@/.exec(text)
    if (range !== null && file !== undefined) {
      oldLine = Number(range[1])
      oldLeft = Number(range[2] ?? 1)
      newLine = Number(range[3])
      newLeft = Number(range[4] ?? 1)
      file.hunks.push({ removed: [], added: [] })
    } else {
      readHeader(text, files)
    }
  }
  return files
}

function readHeader(text: string, files: OpenFile[]): void {
  const start = /^diff --git (?:"?a\/(.*?)"?) (?:"?b\/(.*?)"?)$/.exec(text)
  if (start !== null) {
    const newPath = unquote(start[2] ?? '')
    files.push({ oldPath: unquote(start[1] ?? ''), newPath, status: 'modified', binary: false, hunks: [] })
    return
  }
  const file = files.at(-1)
  if (file === undefined) return
  if (text.startsWith('new file mode')) file.status = 'added'
  else if (text.startsWith('deleted file mode')) file.status = 'deleted'
  else if (text.startsWith('rename from ')) {
    file.status = 'renamed'
    file.oldPath = unquote(text.slice(12).replace(/^"|"$/g, ''))
  } else if (text.startsWith('rename to ')) file.newPath = unquote(text.slice(10).replace(/^"|"$/g, ''))
  else if (/^(Binary files .* differ|GIT binary patch)$/.test(text)) file.binary = true
  else if (/^--- "?a\//.test(text)) file.oldPath = headerPath(text)
  else if (/^\+\+\+ "?b\//.test(text)) file.newPath = headerPath(text)
}

/** The path of a `---` or `+++` line; git ends it with a tab when it holds a space. */
function headerPath(text: string): string {
  const path = text.slice(4).replace(/\t$/, '')
  return path.startsWith('"') ? unquote(path.slice(3, -1)) : path.slice(2)
}

/** Undoes git's C-style quoting; octal escapes are bytes of UTF-8. */
function unquote(path: string): string {
  if (!path.includes('\\')) return path
  const bytes: number[] = []
  const escapes: Readonly<Record<string, string>> = { n: '\n', t: '\t', r: '\r', '"': '"', '\\': '\\' }
  const encoder = new TextEncoder()
  for (const part of path.match(/\\[0-7]{3}|\\.|[^\\]+/g) ?? []) {
    if (/^\\[0-7]{3}$/.test(part)) bytes.push(Number.parseInt(part.slice(1), 8))
    else bytes.push(...encoder.encode(part.startsWith('\\') ? (escapes[part.slice(1)] ?? part) : part))
  }
  return new TextDecoder().decode(Uint8Array.from(bytes))
}
