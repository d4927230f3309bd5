import type { LineNote } from '@/components/evidence/checks'

/** The notes of one file by their place: `old:12`, `new:7`. */
export type NotesByPlace = ReadonlyMap<string, readonly LineNote[]>

export const placeOf = (side: 'old' | 'new', line: number): string => `${side}:${line}`

/** Notes by file and then by place; those of a whole file under the empty place. */
export function notesByFile(notes: readonly LineNote[]): ReadonlyMap<string, NotesByPlace> {
  const files = new Map<string, Map<string, LineNote[]>>()
  for (const note of notes) {
    const places = files.get(note.file) ?? new Map<string, LineNote[]>()
    files.set(note.file, places)
    const place = note.line === null ? '' : placeOf(note.side ?? 'new', note.line)
    places.set(place, [...(places.get(place) ?? []), note])
  }
  return files
}
