import type { PatchFile, PatchLine } from './diff'

/** A line of a diff. One that both sides have is named by its number on the new side. */
export interface LinePlace {
  readonly path: string
  readonly side: 'old' | 'new'
  readonly line: number
}

/** Where a line of a diff stands. */
export function placeOfLine(path: string, { oldLine, newLine }: PatchLine): LinePlace {
  return newLine === null ? { path, side: 'old', line: oldLine ?? 0 } : { path, side: 'new', line: newLine }
}

/** The name of a line in a page's address: `src/parse.ts-R12`, `-L12` for one of the old file. */
export function anchorAt({ path, side, line }: LinePlace): string {
  return `${path}-${side === 'old' ? 'L' : 'R'}${line}`
}

/** A place as people write it: `src/parse.ts:12`. */
export function placeWords({ path, side, line }: LinePlace): string {
  return `${path}:${line}${side === 'old' ? ' of the old file' : ''}`
}

type FoundLine =
  | { readonly found: LinePlace }
  /** The lines of that side which the diff has, first and last of each stretch; null where it has no such file. */
  | { readonly found: null; readonly has: readonly (readonly [number, number])[] | null }

/** The line that is asked for, as `placeOfLine` names it. */
export function findLine(files: readonly PatchFile[], { path, side, line }: LinePlace): FoundLine {
  const named = files.filter((file) => file.path === path)
  if (named.length === 0) return { found: null, has: null }
  const has: [number, number][] = []
  for (const each of named.flatMap((file) => file.hunks.flatMap(({ lines }) => lines))) {
    const at = side === 'old' ? each.oldLine : each.newLine
    if (at === null) continue
    if (at === line) return { found: placeOfLine(path, each) }
    const last = has.at(-1)
    if (last?.[1] === at - 1) last[1] = at
    else has.push([at, at])
  }
  return { found: null, has }
}
