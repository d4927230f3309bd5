import { renderToStaticMarkup } from 'react-dom/server'
import { describe, expect, it } from 'vitest'
import { commentNotes } from '@/components/gates/comment-notes'
import { Comments } from '@/components/gates/comments'
import { parsePatch } from '@/lib/core/diff'
import { findLine } from '@/lib/core/diff-place'
import type { GateComment } from '@/lib/services/views'

const said = (part: Partial<GateComment>): GateComment => ({
  id: 'c',
  gate: 'now',
  actor: { kind: 'user', id: 'mia', name: 'Mia' },
  body: 'Why?',
  place: { path: 'src/a b#1.ts', side: 'new', line: 12 },
  evidence: 'e',
  earlier: false,
  at: '2026-11-27T10:00:00.000Z',
  ...part,
})
const drawn = (comment: GateComment) =>
  renderToStaticMarkup(<Comments gateId="now" comments={[comment]} now={0} say={null} />)

describe('what people say on lines', () => {
  it('is marked as of an earlier change, with its line at the gate of that, and beside no line', () => {
    const earlier = said({ gate: 'then', earlier: true })
    expect(drawn(earlier)).toContain('href="/gates/then#src/a%20b#1.ts-R12"')
    expect(drawn(earlier)).toContain('of an earlier change')
    expect(drawn({ ...earlier, place: null })).toContain('of an earlier change')
    expect(commentNotes([earlier])).toEqual([])
  })

  it('links to its line in this page, of the old file where the line is removed', () => {
    expect(drawn(said({}))).toContain('href="#src/a%20b#1.ts-R12"')
    expect(drawn(said({}))).not.toContain('earlier')
    const removed = drawn(said({ place: { path: 'a.ts', side: 'old', line: 3 } }))
    expect(removed).toContain('href="#a.ts-L3"')
    expect(removed).toContain('a.ts:3 of the old file')
    expect(drawn(said({ place: null }))).not.toContain('href')
  })

  it('shows what hides or is markup as text', () => {
    const text = drawn(said({ body: '<b>x</b>\u202e', place: { path: '\u202e<i>', side: 'new', line: 1 } }))
    expect(text).toContain('&lt;b&gt;x&lt;/b&gt;‹U+202E›')
    expect(text).toContain('‹U+202E›&lt;i&gt;:1')
  })
})

describe('findLine', () => {
  const files = parsePatch('diff --git a/a b/a\n@@ -1,3 +1,2 @@\n one\n-two\n three\n@@ -9 +8 @@\n-x\n+y\n')
  const find = (side: 'old' | 'new', line: number, path = 'a') => findLine(files, { path, side, line })

  it('names a line that both sides have by its new number, and a removed one by its old', () => {
    expect(find('old', 3)).toEqual({ found: { path: 'a', side: 'new', line: 2 } })
    expect(find('old', 2)).toEqual({ found: { path: 'a', side: 'old', line: 2 } })
    expect(find('new', 8)).toEqual({ found: { path: 'a', side: 'new', line: 8 } })
  })

  it('says which lines there are where it has not the one', () => {
    expect(find('new', 3)).toEqual({
      found: null,
      has: [
        [1, 2],
        [8, 8],
      ],
    })
    expect(find('old', 4)).toEqual({
      found: null,
      has: [
        [1, 3],
        [9, 9],
      ],
    })
    expect(find('new', 1, 'b')).toEqual({ found: null, has: null })
  })
})
