import type { LineNote } from '@/components/evidence/checks'
import type { PatchFile, PatchHunk, PatchLine } from '@/lib/core/diff'
import { anchorAt, type LinePlace, placeOfLine } from '@/lib/core/diff-place'
import { blocksOf, changeWords } from '@/lib/core/diff-words'
import { type NotesByPlace, placeOf } from './notes'

/** A line with the one that it is compared with, word by word. */
export interface Side {
  readonly line: PatchLine
  readonly partner: PatchLine | null
}

/** What a diff is drawn of, from top to bottom: one row after the other, so that only those in view are made. */
export type Row =
  | { readonly kind: 'file'; readonly file: number }
  | { readonly kind: 'said'; readonly file: number; readonly words: string }
  | { readonly kind: 'note'; readonly file: number; readonly note: LineNote; readonly apart: boolean }
  /** Where something is being said about the line above. */
  | { readonly kind: 'form'; readonly file: number; readonly place: LinePlace }
  | { readonly kind: 'hunk'; readonly file: number; readonly hunk: PatchHunk }
  | { readonly kind: 'line'; readonly file: number; readonly side: Side; readonly begins: boolean }
  | {
      readonly kind: 'pair'
      readonly file: number
      readonly old: Side | null
      readonly now: Side | null
      readonly begins: boolean
    }

interface RowsInput {
  readonly files: readonly PatchFile[]
  readonly notes: ReadonlyMap<string, NotesByPlace>
  readonly split: boolean
  readonly closed: ReadonlySet<string>
  /** The line that somebody is about to comment on. */
  readonly asked?: LinePlace | null
  /** Its form is there although the file is closed: it has to tell what became of the comment. */
  readonly telling?: boolean
}

/** The rows of a whole diff; closed files have their header alone. `begins` marks the first row of each change. */
export function rowsOf({
  files,
  notes,
  split,
  closed,
  asked = null,
  telling = false,
}: RowsInput): readonly Row[] {
  const rows: Row[] = []
  files.forEach((file, index) => {
    rows.push({ kind: 'file', file: index })
    if (closed.has(file.path)) {
      if (asked?.path === file.path && telling) rows.push({ kind: 'form', file: index, place: asked })
      return
    }
    for (const words of changeWords(file)) rows.push({ kind: 'said', file: index, words })
    const places = notes.get(file.path)
    for (const note of apart(file, places)) rows.push({ kind: 'note', file: index, note, apart: true })
    for (const hunk of file.hunks) {
      rows.push({ kind: 'hunk', file: index, hunk })
      for (const row of lineRows(index, hunk, split)) {
        rows.push(row)
        for (const note of beside(row, places)) rows.push({ kind: 'note', file: index, note, apart: false })
        if (asked && holds(row, file.path, anchorAt(asked)))
          rows.push({ kind: 'form', file: index, place: asked })
      }
    }
  })
  return rows
}

type LineRow = Extract<Row, { kind: 'line' | 'pair' }>

function* lineRows(file: number, hunk: PatchHunk, split: boolean): Generator<LineRow> {
  for (const block of blocksOf(hunk.lines)) {
    if ('kind' in block) {
      const side = { line: block, partner: null }
      yield split
        ? { kind: 'pair', file, old: side, now: side, begins: false }
        : { kind: 'line', file, side, begins: false }
      continue
    }
    const olds = block.removed.map((line, i): Side => ({ line, partner: block.added[i] ?? null }))
    const news = block.added.map((line, i): Side => ({ line, partner: block.removed[i] ?? null }))
    if (!split) {
      for (const [i, side] of [...olds, ...news].entries())
        yield { kind: 'line', file, side, begins: i === 0 }
      continue
    }
    for (let i = 0; i < Math.max(olds.length, news.length); i += 1)
      yield { kind: 'pair', file, old: olds[i] ?? null, now: news[i] ?? null, begins: i === 0 }
  }
}

function sidesOf(row: LineRow): readonly (Side | null)[] {
  return row.kind === 'line' ? [row.side] : [row.old, row.now === row.old ? null : row.now]
}

/** Where a line stands: on the old side where it is removed or also there, on the new side likewise. */
function placesOf({ kind, oldLine, newLine }: PatchLine): string[] {
  const old = kind !== 'added' && oldLine !== null ? [placeOf('old', oldLine)] : []
  const now = kind !== 'removed' && newLine !== null ? [placeOf('new', newLine)] : []
  return [...old, ...now]
}

function beside(row: LineRow, places: NotesByPlace | undefined): readonly LineNote[] {
  if (!places) return []
  return sidesOf(row).flatMap((side) =>
    side ? placesOf(side.line).flatMap((place) => places.get(place) ?? []) : [],
  )
}

/** Notes of a file that belong to none of the lines that the diff shows. */
function apart(file: PatchFile, places: NotesByPlace | undefined): readonly LineNote[] {
  if (!places) return []
  const shown = new Set(file.hunks.flatMap((hunk) => hunk.lines.flatMap(placesOf)))
  return [...places].flatMap(([place, notes]) => (shown.has(place) ? [] : notes))
}

/** The name of a line in the page's address. */
export function anchorOf(path: string, line: PatchLine): string {
  return anchorAt(placeOfLine(path, line))
}

/** The lines of a row by name, those that can be pointed at. */
export function anchorsIn(row: Row, path: string): readonly string[] {
  if (row.kind !== 'line' && row.kind !== 'pair') return []
  return sidesOf(row).flatMap((side) => (side ? [anchorOf(path, side.line)] : []))
}

function holds(row: LineRow, path: string, anchor: string): boolean {
  return anchor.startsWith(path) && anchorsIn(row, path).includes(anchor)
}

/** Whether a row is, or holds, the line of that name. */
export function hasAnchor(row: Row, files: readonly PatchFile[], anchor: string): boolean {
  const path = files[row.file]?.path ?? ''
  if (row.kind === 'file') return anchor === path
  return (row.kind === 'line' || row.kind === 'pair') && holds(row, path, anchor)
}
