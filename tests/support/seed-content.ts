import type { Task } from '@/lib/core/plan'
import type { Review } from '@/lib/core/review'

/** A hunk of a unified diff whose `@@` line is counted from its lines. */
function hunk(oldStart: number, newStart: number, section: string, lines: readonly string[]): string {
  const olds = lines.filter((line) => !line.startsWith('+')).length
  const news = lines.filter((line) => !line.startsWith('-')).length
  return [`@@ -${oldStart},${olds} +${newStart},${news} @@ ${section}`, ...lines].join('\n')
}

function changed(path: string, hunks: readonly string[]): string {
  return [
    `diff --git a/${path} b/${path}`,
    'index 3b18e51..8f2a4c9 100644',
    `--- a/${path}`,
    `+++ b/${path}`,
    ...hunks,
  ].join('\n')
}

const parse = changed('src/parse.ts', [
  hunk(1, 1, '', [
    " import { daysInMonth } from './calendar'",
    "+import { RangeProblem } from './errors'",
    ' ',
    ' const pattern = /^(\\d{4})-(\\d{2})-(\\d{2})$/',
    ' ',
  ]),
  hunk(12, 13, 'export function parseDate(text: string): Day {', [
    '   const [, year, month, day] = match.map(Number)',
    '-  if (day > daysInMonth(year, month)) return null',
    '-  return new Date(year, month - 1, day)',
    '+  if (month < 1 || month > 12) throw new RangeProblem(text, `there is no month ${month}`)',
    '+  const last = daysInMonth(year, month)',
    '+  if (day < 1 || day > last) throw new RangeProblem(text, `the month has ${last} days`)',
    '+  // UTC: the local zone moved days before 1970 by one west of Greenwich.',
    '+  return { year, month, day, epoch: Date.UTC(year, month - 1, day) / DAY }',
    ' }',
    ' ',
    ' export function formatDate(day: Day): string {',
  ]),
])

const errors = [
  'diff --git a/src/errors.ts b/src/errors.ts',
  'new file mode 100644',
  'index 0000000..91f0c3d',
  '--- /dev/null',
  '+++ b/src/errors.ts',
  hunk(0, 1, '', [
    '+/** A date that has the right form and cannot be. */',
    '+export class RangeProblem extends RangeError {',
    '+  readonly text: string',
    '+',
    '+  constructor(text: string, why: string) {',
    '+    super(`"${text}" is no date: ${why}.`)',
    '+    this.text = text',
    '+  }',
    '+}',
  ]),
].join('\n')

const tests = changed('test/parse.test.ts', [
  hunk(8, 8, "describe('parseDate')", [
    "   it('reads a day', () => {",
    "     expect(parseDate('2024-02-29').epoch).toBe(19782)",
    '   })',
    '+',
    "+  it.each(['1969-12-31', '1900-02-28', '0001-01-01'])('keeps %s on its day in every zone', (text) => {",
    '+    expect(formatDate(parseDate(text))).toBe(text)',
    '+  })',
    '+',
    "+  it.each(['2023-02-29', '2024-13-01', '2024-00-10'])('refuses %s', (text) => {",
    '+    expect(() => parseDate(text)).toThrow(RangeProblem)',
    '+  })',
    ' })',
  ]),
])

export const diff = `${[parse, errors, tests].join('\n')}\n`

export const plan: Task[] = [
  {
    id: 'T1',
    title: 'Count days in UTC in parseDate',
    description:
      'parseDate builds a local Date, so west of Greenwich every day before 1970 lands on the day before. Count from Date.UTC and keep the parts.',
    files_likely_affected: ['src/parse.ts', 'src/errors.ts'],
    acceptance_criteria: [
      'formatDate(parseDate(text)) is text for days before 1970, in any zone',
      'A day that does not exist throws RangeProblem with the text in it',
    ],
    estimated_complexity: 'medium',
    dependencies: [],
  },
  {
    id: 'T2',
    title: 'Test the days around the epoch and the refusals',
    description: '',
    files_likely_affected: ['test/'],
    acceptance_criteria: ['The new tests fail on the base and pass on the change'],
    estimated_complexity: 'low',
    dependencies: ['T1'],
  },
]

export const firstReview: Review = {
  decision: 'request_changes',
  confidence: 0.71,
  summary: 'The zone is right now, but a month of 13 still rolls over into the next year without a word.',
  comments: [
    {
      file: 'src/parse.ts',
      line: 14,
      severity: 'blocking',
      category: 'correctness',
      body: '`2024-13-01` becomes 2025-01-01. Refuse months outside 1 to 12 before the day is looked at.',
    },
    {
      file: 'src/parse.ts',
      line: 16,
      severity: 'warning',
      category: 'side_effects',
      body: 'Callers that compared with null will now see an exception. Say so in the changelog.',
    },
  ],
}

export const secondReview: Review = {
  decision: 'approve',
  confidence: 0.94,
  summary:
    'Both comments are dealt with. The change is small, and each line of it is covered by a test that failed before.',
  comments: [
    {
      file: 'src/parse.ts',
      line: 16,
      severity: 'warning',
      category: 'side_effects',
      body: 'parseDate used to give null for a day past the month’s end and now throws. The issue asks for that; callers outside this repository may not know.',
    },
    {
      file: 'src/errors.ts',
      line: 2,
      severity: 'note',
      category: 'style',
      body: 'RangeProblem could carry the month as well; not needed for this issue.',
    },
  ],
}

export const issueBody = `West of Greenwich, parseDate('1969-12-31') gives 1969-12-30.

Steps
1. TZ=America/New_York node
2. formatDate(parseDate('1969-12-31'))

Expected 1969-12-31, got 1969-12-30. Also, 2023-02-29 gives null, and everything downstream breaks far away from the cause. I would rather have an error there.`

/** Text that a page must show and must not obey: markup, an escape sequence, a bidi override, a zero-width joiner. */
export const hostile = {
  title: '<img src=x onerror="document.title=\'owned\'"> fix \u202Egnp.exe\u202C login',
  content:
    '<script>document.title = "owned"</script>\n[click](javascript:alert(1)) \u001b[31mred\u001b[0m\u001b]0;title\u0007 a\u200bb',
  diff: `diff --git a/<b>x</b>.html b/<b>x</b>.html
index 1111111..2222222 100644
--- a/<b>x</b>.html
+++ b/<b>x</b>.html
@@ -1,3 +1,8 @@
 <title>ok</title>
-<p>safe</p>
+<script>document.title='owned'</script>\u202E if (admin) \u2066
+![pixel](https://evil.example/x.png) \u001b[31mred\u001b[0m \u001b]0;owned\u0007
+const is\u0410dmin = "a\u200bb" // \u0430n odd name
+<a href="javascript:document.title='owned'">click</a>
+${'x'.repeat(200_000)}
+\tend
 </html>
diff --git a/run.sh b/run.sh
old mode 100644
new mode 100755
diff --git a/logo.png b/logo.png
index 1111111..2222222 100644
Binary files a/logo.png and b/logo.png differ
diff --git a/windows.txt b/windows.txt
index 1111111..2222222 100644
--- a/windows.txt
+++ b/windows.txt
@@ -1,2 +1,2 @@
-one
-two
+one\r
+two\r
`,
}

/** A generated table: 150 files and 20,000 lines, as a change of data has them. */
export function bigDiff(): string {
  const files = Array.from({ length: 150 }, (_, file) => {
    const lines = Array.from({ length: 134 }, (_, line) => {
      const sign = line % 5 === 0 ? '-' : line % 5 === 1 ? '+' : ' '
      return `${sign}  { day: ${file * 200 + line}, name: 'holiday ${line} of ${file}', moves: ${line % 7 === 0} },`
    })
    return changed(`data/region-${Math.floor(file / 10)}/table-${file}.ts`, [hunk(1, 1, '', lines)])
  })
  return `${files.join('\n')}\n`
}
