import { renderToStaticMarkup } from 'react-dom/server'
import { describe, expect, it } from 'vitest'
import { DiffView } from '@/components/diff/diff-view'
import type { LineNote } from '@/components/evidence/checks'
import { MAX_DIFF } from '@/lib/core/diff-cut'

const fileOf = (path: string, lines: number) =>
  `diff --git a/${path} b/${path}\n--- a/${path}\n+++ b/${path}\n@@ -0,0 +1,${lines} @@\n${'+some text of a line\n'.repeat(lines)}`
const note = (file: string, part: Partial<LineNote> = {}): LineNote => ({
  file,
  line: 3,
  side: 'new',
  kind: 'comment',
  source: 'Mia\u202e',
  text: 'Why?',
  ...part,
})
const drawn = (diff: string, notes: readonly LineNote[]) =>
  renderToStaticMarkup(<DiffView diff={diff} notes={notes} remember="r" href="/diff" now={0} />)
    .replaceAll(/<[^>]+>/g, ' ')
    .replaceAll(/\s+/g, ' ')

describe('notes that stand beside no file of a diff', () => {
  const cut = fileOf('shown.ts', Math.ceil(MAX_DIFF / 20)) + fileOf('cut.ts', 9)

  it('are told to lie in the part that is cut off where they do, with who said it', () => {
    const text = drawn(cut, [note('cut.ts'), note('cut.ts'), note('gone.ts', { line: null })])
    const [before, hidden = '', apart = ''] = text.split(
      /In the part that is not shown|About files that the diff does not touch/,
    )
    expect(before).toContain('are not shown')
    expect(hidden.match(/cut\.ts:3 Mia‹U\+202E›: Why\?/g)).toHaveLength(2)
    expect(hidden).not.toContain('gone.ts')
    expect(apart).toContain('gone.ts Mia‹U+202E›: Why?')
    expect(apart).not.toContain('cut.ts')
  })

  it('have no heading where there are none', () => {
    const text = drawn(fileOf('a.ts', 3), [note('a.ts'), note('b.ts', { side: 'old' })])
    expect(text).not.toContain('In the part that is not shown')
    expect(text).toContain('About files that the diff does not touch b.ts:3 of the old file Mia')
    expect(drawn(cut, [note('shown.ts')])).not.toContain('In the part that is not shown')
  })
})
