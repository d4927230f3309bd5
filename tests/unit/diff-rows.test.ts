import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { notesByFile } from '@/components/diff/notes'
import { keysOf } from '@/components/diff/row-keys'
import { anchorOf, hasAnchor, type Row, rowsOf } from '@/components/diff/rows'
import { treeOf } from '@/components/diff/tree'
import { tabStop } from '@/components/diff/use-line-talk'
import { nextChange } from '@/components/diff/use-place'
import type { LineNote } from '@/components/evidence/checks'
import { evidenceNotes } from '@/components/evidence/line-notes'
import { parsePatch } from '@/lib/core/diff'
import type { EvidenceView } from '@/lib/services/views'

const diff = `diff --git a/src/a.ts b/src/a.ts
--- a/src/a.ts
+++ b/src/a.ts
@@ -1,4 +1,5 @@ top
 one
-two
-three
+2
+3
+4
 five
diff --git a/b.ts b/b.ts
--- a/b.ts
+++ b/b.ts
@@ -1 +1 @@
-x
+y
`
const note = (file: string, line: number | null, side?: 'old' | 'new'): LineNote => ({
  file,
  line,
  kind: 'warning',
  source: 's',
  text: `${file}:${line}`,
  ...(side ? { side } : {}),
})
const files = parsePatch(diff)
const make = (input: Partial<Parameters<typeof rowsOf>[0]> = {}) =>
  rowsOf({ files, notes: new Map(), split: false, closed: new Set(), ...input })
const short = (row: Row): string => {
  if (row.kind === 'line') return `${row.side.line.kind[0]}${row.side.line.text}`
  if (row.kind === 'pair') return `${row.old?.line.text ?? ''}|${row.now?.line.text ?? ''}`
  return row.kind === 'note' ? `note ${row.note.text}${row.apart ? ' apart' : ''}` : row.kind
}

describe('rowsOf', () => {
  it('draws one line after the other, or both sides beside each other', () => {
    expect(make().map(short)).toEqual('file hunk cone rtwo rthree a2 a3 a4 cfive file hunk rx ay'.split(' '))
    expect(make({ split: true }).map(short)).toEqual(
      'file hunk one|one two|2 three|3 |4 five|five file hunk x|y'.split(' '),
    )
  })

  it('shows in a closed file only the form that has to tell what became of a comment', () => {
    const asked = { path: 'b.ts', side: 'new', line: 1 } as const
    const closed = new Set(['b.ts', 'src/a.ts'])
    expect(make({ closed, asked }).map(short)).toEqual(['file', 'file'])
    expect(make({ closed, asked, telling: true }).map(short)).toEqual(['file', 'file', 'form'])
    expect(make({ asked, telling: true }).filter(({ kind }) => kind === 'form')).toHaveLength(1)
  })

  it('keeps every line once, whatever the layout', () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom('+', '-', ' '), { minLength: 1, maxLength: 40 }), (kinds) => {
        const count = (sign: string) => kinds.filter((kind) => kind === ' ' || kind === sign).length
        const text = `diff --git a/a b/a\n@@ -1,${count('-')} +1,${count('+')} @@\n${kinds.map((kind, i) => `${kind}${i}`).join('\n')}\n`
        const all = parsePatch(text)
        const texts = (split: boolean) =>
          rowsOf({ files: all, notes: new Map(), split, closed: new Set() })
            .flatMap((row) =>
              row.kind === 'line'
                ? [row.side]
                : row.kind === 'pair'
                  ? [row.old, row.now === row.old ? null : row.now]
                  : [],
            )
            .flatMap((side) => (side ? [side.line.text] : []))
            .sort()
        expect(texts(true)).toEqual(texts(false))
        expect(texts(false)).toHaveLength(kinds.length)
      }),
    )
  })

  it('puts notes under their lines, those of removed lines too, and the others at the head of the file', () => {
    const notes = notesByFile([
      note('src/a.ts', 3),
      note('src/a.ts', 2, 'old'),
      note('src/a.ts', 99),
      note('b.ts', null),
      note('elsewhere.ts', 1),
    ])
    for (const split of [false, true]) {
      const drawn = make({ notes, split })
        .map(short)
        .filter((row) => /note|^rtwo|^a3|^two|^three/.test(row))
      expect(drawn).toEqual([
        'note src/a.ts:99 apart',
        split ? 'two|2' : 'rtwo',
        'note src/a.ts:2',
        split ? 'three|3' : 'a3',
        'note src/a.ts:3',
        'note b.ts:null apart',
      ])
    }
  })

  it('draws the header alone of a closed file', () => {
    expect(make({ closed: new Set(['src/a.ts']) }).map(short)).toEqual('file file hunk rx ay'.split(' '))
  })

  it('goes from change to change, over files, and stops at the ends', () => {
    const rows = make()
    const first = nextChange(rows, -1, 1) ?? -1
    const second = nextChange(rows, first, 1) ?? -1
    expect([first, second, nextChange(rows, second, 1)]).toEqual([3, 11, null])
    expect([nextChange(rows, second, -1), nextChange(rows, first, -1)]).toEqual([3, null])
  })

  it('names lines, and finds them by name in both layouts', () => {
    for (const split of [false, true]) {
      const rows = make({ split })
      const at = (anchor: string) => rows.findIndex((row) => hasAnchor(row, files, anchor))
      expect(short(rows[at('src/a.ts-R3')] ?? { kind: 'file', file: 0 })).toBe(split ? 'three|3' : 'a3')
      expect(short(rows[at('src/a.ts-L2')] ?? { kind: 'file', file: 0 })).toBe(split ? 'two|2' : 'rtwo')
      expect([at('b.ts') > 0, at('a.ts-R3'), at('src/a.ts-R77')]).toEqual([true, -1, -1])
    }
    const line = files[0]?.hunks[0]?.lines[0] ?? expect.fail()
    expect(anchorOf('a', line)).toBe('a-R1')
  })
})

describe('comments on lines', () => {
  const asked = { path: 'src/a.ts', side: 'old', line: 3 } as const

  it('asks under the line, below what is said there already, in both layouts', () => {
    const notes = notesByFile([note('src/a.ts', 3, 'old')])
    for (const split of [false, true]) {
      const drawn = make({ split, notes, asked }).map(short)
      const at = drawn.indexOf('form')
      expect(drawn.slice(at - 2, at)).toEqual([split ? 'three|3' : 'rthree', 'note src/a.ts:3'])
      expect(drawn.filter((row) => row === 'form')).toHaveLength(1)
    }
    for (const nowhere of [
      { ...asked, line: 99 },
      { ...asked, path: 'a.ts' },
    ])
      expect(make({ asked: nowhere }).map(short)).not.toContain('form')
    expect(make({ asked, closed: new Set(['src/a.ts']) }).map(short)).not.toContain('form')
  })

  it('keeps the name of every row when a note comes in above it, and gives none twice', () => {
    for (const split of [false, true]) {
      const [before, after] = [
        make({ split, asked }),
        make({ split, asked, notes: notesByFile([note('src/a.ts', 1)]) }),
      ]
      const name = (rows: readonly Row[], text: string) =>
        keysOf(rows)[rows.findIndex((row) => short(row) === text)]
      for (const text of ['form', split ? 'five|five' : 'cfive', split ? 'x|y' : 'rx'])
        expect(name(after, text)).toBe(name(before, text))
      expect(new Set(keysOf(after)).size).toBe(after.length)
    }
    const twice = parsePatch('diff --git a/a b/a\n@@ -1 +1 @@\n-x\n+y\n@@ -1 +1 @@\n-x\n+y\n')
    const rows = rowsOf({ files: twice, notes: new Map(), split: false, closed: new Set() })
    expect(new Set(keysOf(rows)).size).toBe(rows.length)
  })

  it('leads the tab key to the line that was chosen, or to the first where that is not drawn', () => {
    const paths = files.map(({ path }) => path)
    for (const split of [false, true]) {
      const rows = make({ split })
      expect(tabStop(rows, paths, null)).toEqual({ index: 2, anchor: 'src/a.ts-R1' })
      expect(tabStop(rows, paths, 'b.ts-L1')?.anchor).toBe('b.ts-L1')
      expect(tabStop(make({ split, closed: new Set(['b.ts']) }), paths, 'b.ts-L1')?.index).toBe(2)
    }
    expect(tabStop([], paths, null)).toBeNull()
  })
})

describe('treeOf', () => {
  it('joins folders that hold one folder, and keeps every file', () => {
    const tree = treeOf(['a/b/c/x.ts', 'a/b/c/y.ts', 'z.ts'])
    expect(tree).toMatchObject([
      { kind: 'folder', name: 'a/b/c', nodes: [{ name: 'x.ts', file: 0 }, { file: 1 }] },
      { kind: 'file', name: 'z.ts', file: 2 },
    ])
  })
})

describe('evidenceNotes', () => {
  const view = (kind: string, data: Record<string, unknown>): EvidenceView => ({
    id: kind,
    beadId: null,
    kind,
    phase: 'change',
    commit: 'abc',
    data: { kind, commit: 'abc', ...data },
    createdAt: '2026-01-01T00:00:00.000Z',
  })

  it('shows lines that no test runs where the diff adds them, those in a row as one', () => {
    const covered = { file: 'src/a.ts', linesFound: 9, linesHit: 4, uncovered: [2, 3, 5, 8] }
    const list = [
      view('coverage', { tool: 'v8', linesPercent: 50, linesFound: 9, linesHit: 4, files: [covered] }),
    ]
    expect(evidenceNotes(list, diff)).toMatchObject([
      { file: 'src/a.ts', line: 3, source: 'coverage', text: 'No test runs lines 2 to 3.' },
    ])
  })

  it('puts removed tests on the old side, and a failing test at the line that its message names', () => {
    const flags = [
      { kind: 'assertion_removed', file: 'src/a.ts', line: 2, text: 'two' },
      { kind: 'test_skipped', file: 'src/a.ts', line: 2, text: '2' },
    ]
    const failing = { id: 'b', file: 'b.ts', name: 'y', status: 'failed', message: 'at b.ts:1:4' }
    const tests = {
      framework: 'vitest',
      command: 'vitest',
      exitCode: 1,
      total: 1,
      passed: 0,
      failed: 1,
      skipped: 0,
      cases: [failing],
      casesDropped: 0,
      parsed: true,
      ended: null,
      droppedBytes: 0,
      durationMs: 1,
    }
    const facts = { files: [], added: 0, removed: 0, testsTouched: [], testFlags: flags }
    const notes = evidenceNotes([view('diff', facts), view('tests', tests)], diff)
    expect(notes.map(({ side, line, kind, source }) => [side, line, kind, source])).toEqual([
      ['old', 2, 'warning', 'test strength'],
      [undefined, 2, 'warning', 'test strength'],
      [undefined, 1, 'blocking', 'failing test'],
    ])
  })
})
