import { type DiffFile, type DiffHunk, type DiffLine, parseUnifiedDiff } from '@/lib/core/diff-lines'
import type { DiffEvidence, TestFlag } from '@/lib/core/evidence'

const testPath =
  /(^|\/)(tests?|__tests(?:__)?|specs?|testing)\/|[._-](test|spec)\.[cm]?[jt]sx?$|(^|\/)test_[^/]*\.py$|_test\.(py|go)$|Tests?\.(java|kt)$|(^|\/)conftest\.py$/
const codePath = /\.([cm]?[jt]sx?|py|go|rs|java|kt|vue|svelte)$/

/** Whether a path is a test by the habits of the languages that we know. */
export function isTestPath(path: string): boolean {
  return testPath.test(path) && codePath.test(path)
}

/** What starts a test, with its name: JavaScript, Python, Go, Java and Kotlin, Rust. */
const testStarts = [
  /^\s*(?:it|test|specify|describe)(?:\.\w+)*(?:\([^'"`]*\)|`[^`]*`)?\(\s*(['"`])(?<name>.+?)\1/,
  /^\s*(?:async\s+)?def\s+(?<name>test\w*)\s*\(/,
  /^\s*class\s+(?<name>Test\w*|\w+Tests?)\b.*:/,
  /^\s*func\s+(?:\([^)]*\)\s*)?(?<name>(?:Test|Fuzz|Example)\w*)\s*\(/,
  /^\s*(?:public\s+)?(?:void|fun)\s+(?<name>\w*[tT]est\w*|should\w+)\s*\(/,
]
const rustTest = /^\s*#\[(?:\w+::)*test\b/
const skips = [
  /\b(?:it|test|describe|suite|context|specify)\.(?:skip|todo|fails|failing|skipIf|runIf)\b/,
  /(?:^|\W)(?:xit|xtest|xdescribe|xcontext|xspecify)\s*\(/,
  /@(?:pytest\.mark\.|mark\.)(?:skip|skipif|xfail)\b/,
  /\bpytest\.(?:skip|xfail|importorskip)\s*\(|\bself\.skipTest\s*\(|@(?:unittest\.)?(?:skip|skipIf|skipUnless|expectedFailure)\b/,
  /\b[tb]\.Skip(?:f|Now)?\s*\(/,
  /#\[ignore\b/,
  /^\s*@(?:Disabled|Ignore)\b/,
  /\bthis\.skip\s*\(|\b(?:t|ctx|context)\.skip\s*\(|[{,]\s*(?:skip|todo)\s*:\s*(?!false)/,
]
const focuses = [
  /\b(?:it|test|describe|suite|context|specify)\.only\b/,
  /(?:^|\W)(?:fit|fdescribe|ftest)\s*\(/,
  /[{,]\s*only\s*:\s*true/,
]
const assertion =
  /\bexpect(?:Type|TypeOf)?\s*[(.]|\bassert\w*[\s.!(]|\bself\.(?:assert|fail)\w*\s*\(|\bpytest\.raises\b|\b[tb]\.(?:Error|Fatal|Fail)\w*\s*\(|\brequire\.\w+\(\s*t\b|\bshould\.|\.should\(|\bassertThat\b|\bverify\s*\(/
const trivial =
  /\bexpect\(\s*(?:true|1)\s*\)\.(?:toBe|toEqual)\(\s*(?:true|1)\s*\)|^\s*assert\s+(?:True|1)\s*(?:[,#].*)?$|assertTrue\(\s*True\s*\)|\bassert(?:\.ok)?\(\s*true\s*[,)]|assert!\(\s*true\s*\)/
const loose =
  /\.(?:toBeTruthy|toBeFalsy|toBeDefined|toBeUndefined|toBeInstanceOf)\(|\.not\.(?:toThrow|toBeNull|toBeUndefined)\(\s*\)|expect\.any(?:thing)?\(|assertIsNotNone\(|\bassert\s+\w[\w.]*\s+is\s+not\s+None\s*$|assert\.(?:ok|NotNil|NoError)\(/
const exact =
  /\.(?:toBe|toEqual|toStrictEqual|toHaveLength|toMatchObject|toContainEqual|toMatchInlineSnapshot)\(|==|assertEquals?\(|assert\.(?:equal|strictEqual|deepEqual|deepStrictEqual|Equal)\(|assert_eq!/
const comment = /^\s*(?:\/\/|#(?!\[)|\*|\/\*)/

/**
 * Places where a diff makes tests weaker: deleted test files, removed tests, added skip, only, xfail or todo, removed
 * or loosened assertions. A test that another place of the same diff adds under the same name has only moved.
 * @param diff unified diff as `git diff` writes it
 */
export function guardTests(diff: string): readonly TestFlag[] {
  return flagsOf(parseUnifiedDiff(diff))
}

/** Facts of a diff as evidence. @param commit of the head that the diff ends in */
export function diffEvidence(diff: string, commit: string | null): DiffEvidence {
  const parsed = parseUnifiedDiff(diff)
  const files = parsed.map((file) => ({
    file: pathOf(file),
    status: file.status,
    added: file.hunks.reduce((sum, hunk) => sum + hunk.added.length, 0),
    removed: file.hunks.reduce((sum, hunk) => sum + hunk.removed.length, 0),
    binary: file.binary,
  }))
  return {
    kind: 'diff',
    files,
    added: files.reduce((sum, file) => sum + file.added, 0),
    removed: files.reduce((sum, file) => sum + file.removed, 0),
    testsTouched: files.map((file) => file.file).filter(isTestPath),
    testFlags: [...flagsOf(parsed)],
    commit,
  }
}

function flagsOf(files: readonly DiffFile[]): readonly TestFlag[] {
  const tests = files.filter(
    (file) => isTestPath(file.oldPath) || isTestPath(file.newPath) || hasRustTest(file),
  )
  const addedNames = new Set(
    tests.flatMap((file) => file.hunks.flatMap((hunk) => hunk.added.map((line) => testName(line.text)))),
  )
  return tests.flatMap((file) => {
    if (file.status === 'deleted') {
      return [{ kind: 'test_file_deleted' as const, file: pathOf(file), line: 0, text: pathOf(file) }]
    }
    return file.hunks.flatMap((hunk) => hunkFlags(pathOf(file), hunk, addedNames))
  })
}

function hunkFlags(file: string, hunk: DiffHunk, addedNames: ReadonlySet<string | null>): TestFlag[] {
  const flag = (kind: TestFlag['kind'], line: DiffLine): TestFlag => ({
    kind,
    file,
    line: line.line,
    text: line.text.trim().slice(0, 200),
  })
  const added = hunk.added.filter((line) => !comment.test(line.text))
  const removed = hunk.removed.filter((line) => !comment.test(line.text))
  const gone = removed.filter((line) => {
    const name = testName(line.text)
    return name !== null && !addedNames.has(name)
  })
  const moreSkips = matching(added, skips).length > matching(removed, skips).length
  const moreFocus = matching(added, focuses).length > matching(removed, focuses).length
  return [
    ...gone.map((line) => flag('test_removed', line)),
    ...(moreSkips ? matching(added, skips).map((line) => flag('test_skipped', line)) : []),
    ...(moreFocus ? matching(added, focuses).map((line) => flag('test_focused', line)) : []),
    ...assertionFlags(removed, added, flag),
  ]
}

/** Assertions moved within a hunk are not flagged; fewer of them, looser or trivial ones are. */
function assertionFlags(
  removed: readonly DiffLine[],
  added: readonly DiffLine[],
  flag: (kind: TestFlag['kind'], line: DiffLine) => TestFlag,
): TestFlag[] {
  const strong = (line: DiffLine) => assertion.test(line.text) && !trivial.test(line.text)
  const kept = new Set(added.map((line) => line.text.trim()))
  const goneAsserts = removed.filter((line) => strong(line) && !kept.has(line.text.trim()))
  const before = new Set(removed.map((line) => line.text.trim()))
  const newAsserts = added.filter((line) => assertion.test(line.text) && !before.has(line.text.trim()))
  const trivials = newAsserts.filter((line) => trivial.test(line.text))
  const realNew = newAsserts.length - trivials.length
  const lostExact = goneAsserts.filter((line) => exact.test(line.text)).length
  const wonExact = newAsserts.filter((line) => exact.test(line.text) && !trivial.test(line.text)).length
  const loosened = lostExact > wonExact ? newAsserts.filter((line) => loose.test(line.text)) : []
  return [
    ...(goneAsserts.length > realNew ? goneAsserts.map((line) => flag('assertion_removed', line)) : []),
    ...[...new Set([...trivials, ...loosened])].map((line) => flag('assertion_weakened', line)),
  ]
}

function matching(lines: readonly DiffLine[], patterns: readonly RegExp[]): readonly DiffLine[] {
  return lines.filter((line) => patterns.some((pattern) => pattern.test(line.text)))
}

function testName(text: string): string | null {
  for (const start of testStarts) {
    const name = start.exec(text)?.groups?.name
    if (name !== undefined) return name
  }
  return null
}

function hasRustTest(file: DiffFile): boolean {
  if (!file.newPath.endsWith('.rs')) return false
  return file.hunks.some((hunk) => [...hunk.removed, ...hunk.added].some((line) => rustTest.test(line.text)))
}

function pathOf(file: DiffFile): string {
  return file.status === 'deleted' ? file.oldPath : file.newPath
}
