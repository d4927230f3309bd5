import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { paint } from '@/components/diff/paint'
import { parsePatch } from '@/lib/core/diff'
import { cutDiff, cutLine } from '@/lib/core/diff-cut'
import { changeWords } from '@/lib/core/diff-words'
import { hiddenIn } from '@/lib/core/hidden'
import { type Range, wordDiff } from '@/lib/core/word-diff'

const word = fc.constantFrom('const', 'a', ' ', '  ', '(', ')', 'é', '😀', '\t', 'x1', '\u202e', '"', '//')
const line = fc.oneof(
  fc.array(word, { maxLength: 30 }).map((parts) => parts.join('')),
  fc.string({ unit: 'binary', maxLength: 40 }),
)
const without = (text: string, ranges: readonly Range[]) =>
  [...ranges].reverse().reduce((rest, [start, end]) => rest.slice(0, start) + rest.slice(end), text)

describe('wordDiff', () => {
  it('marks what differs and nothing that both have', () => {
    const { before, after } = wordDiff('if (day > last) return null', 'if (day > last) throw problem')
    expect(before.map(([start, end]) => 'if (day > last) return null'.slice(start, end))).toEqual([
      'return',
      'null',
    ])
    expect(after.map(([start, end]) => 'if (day > last) throw problem'.slice(start, end))).toEqual([
      'throw',
      'problem',
    ])
  })

  it('leaves the same text of both lines when the marks are taken out', () => {
    fc.assert(
      fc.property(line, line, (a, b) => {
        const { before, after } = wordDiff(a, b)
        const marked = before.length > 0 || after.length > 0
        if (marked) expect(without(a, before)).toBe(without(b, after))
        if (a === b) expect(marked).toBe(false)
      }),
    )
  })

  it('gives ranges in order, apart, and inside the line', () => {
    fc.assert(
      fc.property(line, line, (a, b) => {
        const { before, after } = wordDiff(a, b)
        for (const [text, ranges] of [
          [a, before],
          [b, after],
        ] as const) {
          let last = -1
          for (const [start, end] of ranges) {
            expect(start).toBeGreaterThan(last)
            expect(end).toBeGreaterThan(start)
            last = end
          }
          expect(last).toBeLessThanOrEqual(text.length)
        }
      }),
    )
  })

  it('takes lines with nothing in common for two lines', () => {
    expect(wordDiff('import a from "b"', 'return 42')).toEqual({ before: [], after: [] })
  })

  it('does not compare long middles word by word', () => {
    const [a, b] = ['x '.repeat(2_000), 'y '.repeat(2_000)]
    expect(wordDiff(`${'same '.repeat(2_000)}${a}`, `${'same '.repeat(2_000)}${b}`).before).toHaveLength(1)
  })
})

describe('hiddenIn', () => {
  const kinds = (text: string) =>
    hiddenIn(text).map(({ kind, shown, words }) => [kind, shown, words] as const)

  it('finds what reorders, what cannot be seen, and controls', () => {
    expect(kinds('a\u202eb')[0]?.slice(0, 2)).toEqual(['bidi', 'U+202E'])
    expect(kinds('a\u2066b')[0]?.[2]).toMatch(/left-to-right isolate: it reorders/)
    expect(kinds('a\u200bb')).toEqual([['invisible', 'U+200B', 'zero-width space']])
    expect(kinds('a\u00adb')[0]?.[2]).toBe('soft hyphen')
    expect(kinds('\u001b]0;t\u0007').map(([kind, shown]) => [kind, shown])).toEqual([
      ['control', 'ESC'],
      ['control', 'U+0007'],
    ])
    expect(kinds('x\r')).toEqual([['control', 'CR', 'carriage return']])
    expect(kinds('a\u{e0041}')[0]?.slice(0, 2)).toEqual(['invisible', 'U+E0041'])
    expect(kinds('a\u{e0101}')[0]?.[0]).toBe('invisible')
  })

  it('warns of Cyrillic and Greek letters within Latin words, and of nothing in words of their own', () => {
    expect(hiddenIn('isAdm\u0456n(\u0430)')).toMatchObject([
      { kind: 'lookalike', range: [5, 6], shown: null },
    ])
    expect(hiddenIn('\u043f\u0440\u0438\u0432\u0435\u0442 hello \u03b1 é ü 日本')).toEqual([])
    expect(hiddenIn('❤️ 👍🏽 naïve')).toEqual([])
  })

  it('leaves plain code alone, tabs included', () => {
    expect(hiddenIn('\tconst a = "b" // <script>')).toEqual([])
  })
})

describe('paint', () => {
  it('cuts a line into pieces that are the line, whatever is in it', () => {
    fc.assert(
      fc.property(line, line, fc.constantFrom('a.ts', 'a.py', 'a.sql', 'a'), (before, text, path) => {
        const pieces = paint(path, text, wordDiff(before, text).after)
        expect(pieces.map((piece) => piece.text).join('')).toBe(text)
        for (const piece of pieces) expect(piece.text).not.toBe('')
      }),
    )
  })

  it('colours comments, strings and keywords, and lets a hidden character stand out of a string', () => {
    const pieces = paint('a.ts', 'const a = "x\u202ey" // z', [])
    expect(pieces.filter((piece) => piece.token).map((piece) => [piece.token, piece.text])).toEqual([
      ['keyword', 'const'],
      ['string', '"x'],
      ['string', '\u202e'],
      ['string', 'y"'],
      ['comment', '// z'],
    ])
    expect(pieces.find((piece) => piece.hidden)?.text).toBe('\u202e')
  })
})

describe('cutDiff', () => {
  it('cuts a line of 10 MB, says how much of it is gone, and keeps the rest of the diff', () => {
    const long = 'x'.repeat(10_000_000)
    const diff = `diff --git a/a b/a\n--- a/a\n+++ b/a\n@@ -1 +1,2 @@\n-a\n+${long}\n+b\n`
    const { text, cutLines, leftOut } = cutDiff(diff)
    expect([cutLines, leftOut, text.length < 21_000]).toEqual([1, 0, true])
    const [file] = parsePatch(text)
    const lines = file?.hunks[0]?.lines.map((item) => cutLine(item.text))
    expect(lines?.map(({ text: kept, lost }) => [kept.length, lost])).toEqual([
      [1, 0],
      [19_999, 9_980_001],
      [1, 0],
    ])
  })

  it('does not believe content that says it was cut', () => {
    expect(cutLine('a [cut: 5 more]')).toEqual({ text: 'a [cut: 5 more]', lost: 0 })
    expect(cutLine('a\0b')).toEqual({ text: 'a\0b', lost: 0 })
  })

  it('ends a diff that is too long at a whole line, and says how much is left out', () => {
    const diff = 'line of text\n'.repeat(100)
    const cut = cutDiff(diff, { maxDiff: 100 })
    expect(cut.text.endsWith('\n')).toBe(true)
    expect(cut.text.length + cut.leftOut).toBe(diff.length)
  })
})

describe('changeWords', () => {
  const said = (text: string) => parsePatch(text).flatMap(changeWords)
  const file = (header: string, body = '') => `diff --git a/x b/x\n${header}${body}`
  const lines = '--- a/x\n+++ b/x\n'

  it('says what a diff does not show in its lines', () => {
    expect(said(file('Binary files a/x and b/x differ\n'))).toEqual([
      'A binary file: its bytes are not shown.',
    ])
    expect(said(file('old mode 100644\nnew mode 100755\n'))).toEqual([
      'Was a plain file, is a file that can be run now.',
    ])
    expect(said(file('new file mode 120000\n', `${lines}@@ -0,0 +1 @@\n+/etc/passwd\n`))).toEqual([
      'A new file, and it is a symbolic link.',
    ])
    expect(said('diff --git a/was b/is\nsimilarity index 100%\nrename from was\nrename to is\n')).toEqual([
      'Renamed from was, and not changed.',
    ])
    expect(said(file('new file mode 100644\n'))).toEqual(['A new file with nothing in it.'])
  })

  it('tells line endings, the last newline and white space from a change of words', () => {
    expect(said(file(lines, '@@ -1,2 +1,2 @@\n-a\n-b\n+a\r\n+b\r\n'))).toEqual([
      'Only line endings change, from LF to CRLF.',
    ])
    expect(said(file(lines, '@@ -1 +1 @@\n-a\r\n+a\n'))).toEqual([
      'Only line endings change, from CRLF to LF.',
    ])
    expect(said(file(lines, '@@ -1 +1 @@\n-a\n\\ No newline at end of file\n+a\n'))).toEqual([
      'Only the newline at the end of the file changes.',
    ])
    expect(said(file(lines, '@@ -1,2 +1,2 @@\n-if a:\n-  b\n+if a:\n+    b\n'))).toEqual([
      'Only white space changes.',
    ])
    expect(said(file(lines, '@@ -1 +1 @@\n-a\n+b\n'))).toEqual([])
    expect(said(file(lines, '@@ -1 +1,2 @@\n a\n+b\n'))).toEqual([])
  })
})
