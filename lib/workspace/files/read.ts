import { isUtf8 } from 'node:buffer'
import type { FileSlice } from '@/lib/agents/workspace'
import { AppError } from '@/lib/errors'
import { showPath } from '@/lib/workspace/files/path'
import { readInside } from '@/lib/workspace/files/safe-fs'

/** Most that is read whole; a larger file is searched, or read in ranges of lines up to `largestBytes`. */
const wholeBytes = 1_000_000
const largestBytes = 32 * 1024 * 1024

/**
 * The text of a file, line ends as they are.
 * @throws AppError 'unprocessable' (binary, with its size and kind), 'too_large', and those of `readInside`.
 */
export function readText(
  root: string,
  path: string,
  maxBytes: number,
): { readonly path: string; readonly text: string } {
  const file = readInside(root, path, maxBytes)
  const kind = binaryKind(file.bytes, file.size <= maxBytes)
  if (kind !== null) {
    throw new AppError('unprocessable', `${showPath(path)} is binary (${kind}, ${file.size} bytes).`, {
      place: path,
      mend: 'Only UTF-8 text can be read and edited; use list_files to see that it is there.',
    })
  }
  if (file.size > maxBytes) {
    throw new AppError(
      'too_large',
      `${showPath(path)} has ${file.size} bytes; ${maxBytes} are read at most.`,
      {
        place: path,
        mend: 'Read a range of lines (fromLine, toLine), or find the part that matters with search_code.',
      },
    )
  }
  return { path: file.path, text: file.bytes.toString('utf8') }
}

/**
 * Lines `fromLine` to `toLine` of a text file, 1-based and inclusive; the whole file when neither is given.
 * @throws AppError 'bad_request' for a range outside the file, and as `readText`.
 */
export function readSlice(
  root: string,
  input: { readonly path: string; readonly fromLine?: number; readonly toLine?: number },
): FileSlice {
  const ranged = input.fromLine !== undefined || input.toLine !== undefined
  const { text } = readText(root, input.path, ranged ? largestBytes : wholeBytes)
  const lines = text.split(/(?<=\n)/)
  const totalLines = text === '' ? 0 : lines.length
  const fromLine = input.fromLine ?? 1
  const toLine = Math.min(input.toLine ?? totalLines, totalLines)
  if (!ranged) return { path: input.path, content: text, fromLine: 1, toLine, totalLines }
  if (!Number.isInteger(fromLine) || fromLine < 1 || fromLine > totalLines || toLine < fromLine) {
    const asked = `${fromLine} to ${input.toLine ?? 'the end'}`
    throw new AppError('bad_request', `Lines ${asked} are not in ${showPath(input.path)}.`, {
      place: input.path,
      mend: `It has ${totalLines} lines; the first is 1.`,
    })
  }
  const content = lines.slice(fromLine - 1, toLine).join('')
  if (Buffer.byteLength(content) > wholeBytes) {
    throw new AppError(
      'too_large',
      `These lines of ${showPath(input.path)} have more than ${wholeBytes} bytes.`,
      {
        place: input.path,
        mend: 'Read fewer lines at a time.',
      },
    )
  }
  return { path: input.path, content, fromLine, toLine, totalLines }
}

const signatures: readonly (readonly [string, readonly number[]])[] = [
  ['PNG image', [0x89, 0x50, 0x4e, 0x47]],
  ['JPEG image', [0xff, 0xd8, 0xff]],
  ['GIF image', [0x47, 0x49, 0x46, 0x38]],
  ['PDF', [0x25, 0x50, 0x44, 0x46]],
  ['ZIP archive', [0x50, 0x4b, 0x03, 0x04]],
  ['gzip archive', [0x1f, 0x8b]],
  ['ELF program', [0x7f, 0x45, 0x4c, 0x46]],
  ['WebAssembly', [0x00, 0x61, 0x73, 0x6d]],
]

/** What kind of binary it is; null for UTF-8 text. A cut file may end in the middle of a character. */
function binaryKind(bytes: Buffer, whole: boolean): string | null {
  for (const [name, start] of signatures) {
    if (start.every((byte, index) => bytes[index] === byte)) return name
  }
  if (bytes.includes(0)) return 'holds zero bytes'
  const full = whole ? bytes : bytes.subarray(0, Math.max(0, bytes.lastIndexOf(10)))
  return isUtf8(full) ? null : 'not valid UTF-8'
}
