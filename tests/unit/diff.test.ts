import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parsePatch } from '@/lib/core/diff'
import { diff as seeded } from '../support/seed-content'

const header = (path: string) => `diff --git a/${path} b/${path}\n--- a/${path}\n+++ b/${path}\n`

describe('parsePatch', () => {
  it('gives nothing for what is no diff', () => {
    for (const text of ['', 'hello', '@@ -1 +1 @@\n-a\n+b', '+++ b/x\n--- a/x'])
      expect(parsePatch(text)).toEqual([])
  })

  it('never throws, whatever it is given', () => {
    const piece = fc.constantFrom(
      'diff --git a/x b/x',
      '@@ -1,2 +1,2 @@',
      '@@ -0,0 +1 @@',
      '+a',
      '-b',
      ' c',
      '\\ No newline',
      '',
      'rename from x',
      '--- a/x',
    )
    fc.assert(
      fc.property(fc.array(fc.oneof(piece, fc.string())), (lines) => {
        parsePatch(lines.join('\n'))
      }),
    )
  })

  it('numbers both sides, and counts what was added and removed', () => {
    const [file] = parsePatch(
      `${header('a.ts')}@@ -3,3 +3,4 @@ function f() {\n one\n-two\n+2\n+2b\n three\n`,
    )
    expect(file).toMatchObject({ path: 'a.ts', status: 'modified', added: 2, removed: 1, oldPath: null })
    expect(file?.hunks[0]?.section).toBe('function f() {')
    expect(file?.hunks[0]?.lines.map((line) => [line.kind, line.oldLine, line.newLine, line.text])).toEqual([
      ['context', 3, 3, 'one'],
      ['removed', 4, null, 'two'],
      ['added', null, 4, '2'],
      ['added', null, 5, '2b'],
      ['context', 5, 6, 'three'],
    ])
  })

  it('takes content that looks like a header for content', () => {
    const text = `${header('x.md')}@@ -1,2 +1,2 @@\n--- a/other\n+++ b/other\n diff --git a/z b/z\n`
    const [file, second] = parsePatch(text)
    expect(second).toBeUndefined()
    expect(file?.hunks[0]?.lines.map((line) => line.text)).toEqual([
      '-- a/other',
      '++ b/other',
      'diff --git a/z b/z',
    ])
  })

  it('knows added, deleted, renamed and binary files, and odd names', () => {
    const files = parsePatch(
      [
        'diff --git a/new.ts b/new.ts\nnew file mode 100644\n--- /dev/null\n+++ b/new.ts\n@@ -0,0 +1 @@\n+x',
        'diff --git a/old.ts b/old.ts\ndeleted file mode 100644\n--- a/old.ts\n+++ /dev/null\n@@ -1 +0,0 @@\n-x',
        'diff --git a/was.ts b/is.ts\nsimilarity index 100%\nrename from was.ts\nrename to is.ts',
        'diff --git a/p.png b/p.png\nBinary files a/p.png and b/p.png differ',
        'diff --git "a/b\\303\\244.ts" "b/b\\303\\244.ts"\n--- "a/b\\303\\244.ts"\n+++ "b/b\\303\\244.ts"\n@@ -1 +1 @@\n-a\n+b',
      ].join('\n'),
    )
    expect(files.map((file) => [file.path, file.oldPath, file.status, file.binary])).toEqual([
      ['new.ts', null, 'added', false],
      ['old.ts', null, 'deleted', false],
      ['is.ts', 'was.ts', 'renamed', false],
      ['p.png', null, 'modified', true],
      ['bä.ts', null, 'modified', false],
    ])
  })

  it('marks the line that ends without a newline', () => {
    const [file] = parsePatch(`${header('a')}@@ -1 +1 @@\n-a\n\\ No newline at end of file\n+b\n`)
    expect(file?.hunks[0]?.lines.map((line) => line.noNewline)).toEqual([true, false])
  })

  it('reads the seeded diff whole', () => {
    const files = parsePatch(seeded)
    expect(files.map((file) => [file.path, file.added, file.removed])).toEqual([
      ['src/parse.ts', 6, 2],
      ['src/errors.ts', 9, 0],
      ['test/parse.test.ts', 8, 0],
    ])
  })
})
