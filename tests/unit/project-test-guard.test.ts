import { describe, expect, test } from 'vitest'
import { diffEvidence, guardTests, isTestPath } from '@/lib/core/test-guard'

function change(file: string, removed: readonly string[], added: readonly string[]): string {
  return [
    `diff --git a/${file} b/${file}`,
    'index 1..2 100644',
    `--- a/${file}`,
    `+++ b/${file}`,
    `@@ -10,${removed.length} +10,${added.length} @@`,
    ...removed.map((line) => `-${line}`),
    ...added.map((line) => `+${line}`),
    '',
  ].join('\n')
}
const kinds = (diff: string) => guardTests(diff).map((flag) => `${flag.kind}:${flag.line}`)

describe('the test guard', () => {
  test('text that is no diff has no flags', () => {
    expect(guardTests('')).toEqual([])
    expect(guardTests('@@ -1 +1 @@\n-it("x")\nrubbish')).toEqual([])
  })
  test('a deleted test file is flagged once', () => {
    const diff =
      'diff --git a/test/a.test.ts b/test/a.test.ts\ndeleted file mode 100644\n--- a/test/a.test.ts\n+++ /dev/null\n@@ -1,1 +0,0 @@\n-it("x", () => expect(1).toBe(1))\n'
    expect(guardTests(diff)).toEqual([
      { kind: 'test_file_deleted', file: 'test/a.test.ts', line: 0, text: 'test/a.test.ts' },
    ])
  })
  test.each([
    ['a.test.ts', "it('one', () => {", []],
    ['tests/test_a.py', 'def test_one():', []],
    ['a_test.go', 'func TestOne(t *testing.T) {', []],
  ])('a removed test of %s is flagged', (file, line, added) => {
    expect(kinds(change(file, [line], added))).toContain('test_removed:10')
  })
  test('a test that moves to another file is not', () => {
    const line = "it('one', () => {"
    expect(guardTests(change('a.test.ts', [line], []) + change('b.test.ts', [], [line]))).toEqual([])
  })
  test.each([
    ['a.test.ts', "it.skip('one', () => {", "it('one', () => {"],
    ['a.test.ts', "xit('one', () => {", "it('one', () => {"],
    ['tests/test_a.py', '@pytest.mark.xfail', ''],
    ['a_test.go', '\tt.Skip("later")', ''],
    ['tests/a.rs', '#[ignore]', ''],
  ])('a skip added to %s by %s is flagged', (file, added, removed) => {
    expect(kinds(change(file, removed === '' ? [] : [removed], [added]))).toContain('test_skipped:10')
  })
  test('only is a focus', () => {
    expect(kinds(change('a.test.ts', ["it('one', f)"], ["it.only('one', f)"]))).toContain('test_focused:10')
  })
  test('removed and loosened assertions are flagged, changed ones are not', () => {
    expect(
      kinds(change('a.test.ts', ['  expect(a).toBe(1)', '  expect(b).toBe(2)'], ['  expect(a).toBe(3)'])),
    ).toEqual(['assertion_removed:10', 'assertion_removed:11'])
    expect(kinds(change('a.test.ts', ['  expect(a).toBe(1)'], ['  expect(a).toBeTruthy()']))).toEqual([
      'assertion_weakened:10',
    ])
    expect(kinds(change('a.test.ts', ['  expect(a).toBe(1)'], ['  expect(true).toBe(true)']))).toContain(
      'assertion_weakened:10',
    )
    expect(kinds(change('a.test.ts', ['  expect(a).toBe(1)'], ['  expect(a).toBe(2)']))).toEqual([])
  })
  test('code that is no test is left alone', () => {
    expect(guardTests(change('src/a.ts', ['assert(x)'], []))).toEqual([])
  })
  test('a removed line that looks like a header is content', () => {
    const facts = diffEvidence(change('a.md', ['-- a/x', '++ b/y'], ['diff --git a/q b/q']), 'abc')
    expect(facts.files).toEqual([{ file: 'a.md', status: 'modified', added: 1, removed: 2, binary: false }])
    expect(facts.commit).toBe('abc')
  })
  test('paths with spaces and other letters are read', () => {
    const diff =
      'diff --git "a/test/\\303\\244 b.test.js" "b/test/\\303\\244 b.test.js"\n--- "a/test/\\303\\244 b.test.js"\n+++ "b/test/\\303\\244 b.test.js"\n@@ -1 +0,0 @@\n-it("x", f)\n'
    expect(guardTests(diff)[0]?.file).toBe('test/ä b.test.js')
  })
  test('knows tests by their path', () => {
    expect(
      ['src/a.spec.ts', 'pkg/a_test.go', 'tests/test_x.py', 'src/test/java/ATest.java'].every(isTestPath),
    ).toBe(true)
    expect(['src/a.ts', 'test/data.json', 'src/latest.ts', 'src/contest.py'].some(isTestPath)).toBe(false)
  })
})
