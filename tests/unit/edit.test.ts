import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { editText } from '@/lib/workspace/files/edit'

const edit = (text: string, oldText: string, newText: string, all = false) =>
  editText(text, { path: 'a.ts', oldText, newText, all })

describe('exact', () => {
  test('replaces the one place, dollar signs and all', () => {
    expect(edit('a\nb\nc\n', 'b\n', "$&$1$'\n")).toEqual({
      text: "a\n$&$1$'\nc\n",
      replaced: 1,
      matched: 'exact',
      line: 2,
    })
    expect(edit('foo(1, 2)', '1, ', '').text).toBe('foo(2)')
  })
  test('keeps CRLF, in the old text and the new', () => {
    expect(edit('a\r\nb\r\nc\r\n', 'a\nb', 'x\ny\nz').text).toBe('x\r\ny\r\nz\r\nc\r\n')
    expect(edit('a\r\nb\r\n', 'a', 'x\ny').text).toBe('x\r\ny\r\nb\r\n')
    expect(edit('a\nb\n', 'a', 'x\r\ny').text).toBe('x\ny\nb\n')
  })
  test('lines with another end than the rest stay as they are', () => {
    expect(edit('a\r\nb\nc\r\nd\r\n', 'd', 'D').text).toBe('a\r\nb\nc\r\nD\r\n')
  })
  test('is what a plain replacement gives, for any text', () => {
    fc.assert(
      fc.property(
        fc.string(),
        fc.string({ minLength: 1 }),
        fc.string(),
        fc.string(),
        (before, old, put, after) => {
          const text = `${before}\u0001${old}\u0001${after}`
          const sought = `\u0001${old}\u0001`
          fc.pre(text.split(sought).length === 2 && !/[\r\n]/.test(text + put) && sought !== put)
          expect(edit(text, sought, put).text).toBe(text.split(sought).join(put))
        },
      ),
    )
  })
})

describe('refused', () => {
  test('an empty old text, and one that changes nothing', () => {
    expect(() => edit('a', '', 'b')).toThrow(/oldText is empty/)
    expect(() => edit('a', 'a', 'a')).toThrow(/the same/)
  })
  test('a text that stands more than once, with its lines; `all` replaces them', () => {
    expect(() => edit('x\ny\nx\n', 'x', 'z')).toThrow(/stands 2 times in `a.ts`: lines 1, 3\./)
    expect(edit('x\ny\nx\n', 'x', 'z', true)).toMatchObject({ text: 'z\ny\nz\n', replaced: 2, line: 1 })
    expect(() => edit('  if (a) {\n  b\n\tif (a) {\n\tb\n', 'if (a) {\nb\n', 'c')).toThrow(
      /stands 2 times.*lines 1, 3/,
    )
  })
  test('with the nearest place and its line numbers', () => {
    const text =
      'import a\n\nfunction total(items) {\n  let sum = 0\n  for (const item of items) sum += item.price\n  return sum\n}\n'
    const call = () =>
      edit(text, 'function total(items) {\n  let sum = 1\n  for (const i of items) sum += i.price\n', 'x')
    expect(call).toThrow(/nearest place is at line 3:[\s\S]*3: function total\(items\) \{\n4: {3}let sum = 0/)
    expect(() => edit(text, 'qqq www\n', 'x')).toThrow(/Nothing there is like it/)
    expect(() => edit('const answer = 42\n', 'const answer = 41', 'const answer = 42')).toThrow(
      /newText stands there already, at line 1/,
    )
  })
  test('white space alone does not match every blank line', () => {
    expect(() => edit('a\n\nb\n', '   \n  ', 'x')).toThrow(/is not in/)
  })
  test('a large file without the text is answered in bounded work', () => {
    const text = 'some line of text that is there\n'.repeat(60_000)
    expect(() => edit(text, 'another line\n'.repeat(60), 'x')).toThrow(/is not in/)
  })
})

describe('tolerant of white space', () => {
  test('brings the new lines to the indentation of the file', () => {
    const text = 'class A {\n    run() {\n        return 1\n    }\n}\n'
    const result = edit(
      text,
      'run() {\n  return 1\n}\n',
      'run() {\n  if (x) {\n    return 2\n  }\n  return 1\n}\n',
    )
    expect(result).toMatchObject({ matched: 'whitespace', replaced: 1, line: 2 })
    expect(result.text).toBe(
      'class A {\n    run() {\n        if (x) {\n          return 2\n        }\n        return 1\n    }\n}\n',
    )
  })
  test('from spaces to tabs, with lines less indented than those matched', () => {
    expect(
      edit(
        '\tif a:\n\t\tb()\n',
        '    if a:\n        b()\n',
        '    if a:\n        c()\n    else:\n        d()\n',
      ).text,
    ).toBe('\tif a:\n\t\tc()\n\telse:\n\t\td()\n')
    expect(edit('    b()\n', '  b() \n', '  b()\n c()\n').text).toBe('    b()\n   c()\n')
  })
  test('trailing space, CRLF and a missing last line end', () => {
    expect(edit('a  \r\nb\t\r\nc', 'a\nb\n', 'x\ny\nz').text).toBe('x\r\ny\r\nz\r\nc')
    expect(edit('a\n  b ', 'b\n', 'c\n').text).toBe('a\n  c')
    expect(edit('a\n  b \n c', ' b\n  c ', 'd').text).toBe('a\n d')
  })
  test('an empty new text deletes the lines; blank lines stay blank', () => {
    expect(edit('a\n  b \nc\n', 'b\nc\n', '').text).toBe('a\n')
    expect(edit('  a \n  b\n', ' a\n b', ' a\n\n b').text).toBe('  a\n\n  b\n')
  })
})
