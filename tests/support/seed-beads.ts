import { beads, runEvents, turns } from '@/drizzle/schema'
import { categoryOf, type FlowStep } from '@/lib/core/flow'
import { defaultLimits } from '@/lib/core/limits'
import type { Outcome } from '@/lib/core/outcome'
import { initialState, type RunState } from '@/lib/core/run'
import type { BeadStatus } from '@/lib/core/status'
import type { Db } from '@/lib/db/client'
import { newId } from '@/lib/db/ids'
import { firstReview, issueBody, plan, secondReview } from './seed-content'
import { flow } from './seed-run'

export interface SeedBead {
  readonly step: FlowStep
  readonly outcome: Outcome | null
  readonly seconds: number
  readonly status?: BeadStatus
  readonly attempt?: number
  readonly taskId?: string
  readonly summary?: Record<string, unknown>
  readonly turns?: number
}

/** The story of the run that most seeded runs tell: sent back once, tests that fail, a fix, a gate. */
export const story: readonly SeedBead[] = [
  {
    step: 'prepare',
    seconds: 14,
    outcome: {
      kind: 'prepared',
      flow: [
        'prepare',
        'planner',
        'coder',
        'reviewer',
        'tester',
        'pr',
        'evaluate',
        'gate:pre-merge-main',
        'merge',
        'reflect',
      ],
      limits: defaultLimits,
      target: 'main',
      mainBranch: 'main',
    },
    summary: {
      language: 'typescript',
      packageManager: 'npm',
      testCommand: 'npx vitest run',
      setup: 'npm ci, from the cache',
    },
  },
  {
    step: 'planner',
    seconds: 21,
    turns: 4,
    outcome: { kind: 'planned', tasks: plan, confidence: 0.88, blockers: [] },
  },
  {
    step: 'coder',
    seconds: 48,
    turns: 5,
    taskId: 'T1',
    outcome: { kind: 'done' },
    summary: {
      summary: 'Days are counted in UTC; a day past the end of its month throws.',
      files: ['src/parse.ts', 'src/errors.ts'],
    },
  },
  {
    step: 'reviewer',
    seconds: 17,
    turns: 2,
    taskId: 'T1',
    outcome: { kind: 'reviewed', review: firstReview },
  },
  {
    step: 'coder',
    seconds: 31,
    turns: 3,
    attempt: 2,
    taskId: 'T1',
    outcome: { kind: 'done' },
    summary: { summary: 'Months outside 1 to 12 are refused first.', files: ['src/parse.ts'] },
  },
  {
    step: 'reviewer',
    seconds: 15,
    turns: 2,
    attempt: 2,
    taskId: 'T1',
    outcome: { kind: 'reviewed', review: secondReview },
  },
  {
    step: 'tester',
    seconds: 36,
    turns: 3,
    outcome: {
      kind: 'tests_failed',
      failing: ['test/parse.test.ts > parseDate > 0001-01-01'],
      reason: 'Date.UTC takes the years 0 to 99 as 1900 to 1999.',
    },
  },
  {
    step: 'debugger',
    seconds: 29,
    turns: 3,
    outcome: { kind: 'fixed' },
    summary: {
      hypotheses: ['Date.UTC maps small years to the 20th century', 'The pattern drops leading zeros'],
      summary: 'setUTCFullYear for years under 100.',
    },
  },
  { step: 'tester', seconds: 22, turns: 2, attempt: 2, outcome: { kind: 'tests_passed' } },
  { step: 'pr', seconds: 3, outcome: { kind: 'done' } },
  { step: 'evaluate', seconds: 2, outcome: { kind: 'done' }, summary: { score: 91 } },
]

interface SeedBeadsInput {
  readonly runId: string
  readonly from: Date
  readonly beads: readonly SeedBead[]
  /** Written into turns instead of the usual answer. */
  readonly content?: string
}

/** Inserts beads one after the other, their turns and their events. @returns when the last one ended */
export async function seedBeads(
  db: Db,
  { runId, from, beads: list, content }: SeedBeadsInput,
): Promise<Date> {
  let at = from.getTime()
  for (const [index, item] of list.entries()) {
    const id = newId()
    const status = item.status ?? 'completed'
    const startedAt = new Date(at)
    at += item.seconds * 1_000
    const agent = categoryOf(item.step) === 'agent'
    await db.insert(beads).values({
      id,
      runId,
      seq: index + 1,
      step: item.step,
      name: item.step.replace('gate:', ''),
      category: categoryOf(item.step),
      status,
      attempt: item.attempt ?? 1,
      taskId: item.taskId ?? null,
      model: agent ? 'claude-sonnet-4-5' : null,
      outcome: item.outcome,
      state: stateAt(item),
      summary: item.summary ?? {},
      baseSha: '4be1c09d27a6f3e8b5d0c41a97e2f6083d1b5a7c',
      headSha: agent ? '9f3c2e71ab08d4561e7fc0a2b93d85f64c1e20d7' : null,
      costMicros: agent ? (item.turns ?? 0) * 11_300 : 0,
      inputTokens: (item.turns ?? 0) * 6_210,
      outputTokens: (item.turns ?? 0) * 480,
      startedAt,
      endedAt: status === 'running' ? null : new Date(at),
    })
    await seedTurns(db, { runId, beadId: id, item, startedAt, content })
    await seedEvents(db, runId, id, item, startedAt)
  }
  return new Date(at)
}

/** The run's state before this bead, as far as a fork looks at it. */
function stateAt({ step }: SeedBead): RunState {
  const begun = { ...initialState(defaultLimits), status: 'running' as const, target: 'main', tasks: plan }
  return {
    ...begun,
    flow,
    step,
    index: flow.indexOf(step) === -1 ? flow.indexOf('tester') : flow.indexOf(step),
  }
}

interface SeedTurnsInput {
  readonly runId: string
  readonly beadId: string
  readonly item: SeedBead
  readonly startedAt: Date
  readonly content: string | undefined
}

const answers = [
  'The issue names parseDate. I look at how it builds the day before I change anything.',
  'It uses a local Date. I will count from Date.UTC and keep the parts.',
  'The edit is in. I run the linter over the file.',
  null,
  'Done: the acceptance criteria of T1 hold.',
]
const calls = [
  {
    name: 'read_file',
    arguments: { path: 'src/parse.ts' },
    result: "import { daysInMonth } from './calendar'\n…",
  },
  {
    name: 'edit_file',
    arguments: {
      path: 'src/parse.ts',
      find: 'return new Date(year, month - 1, day)',
      replace: 'return {\n  year,\n  month,\n  day,\n}',
    },
    result: 'Edited src/parse.ts: 1 place, lines 15 to 20.',
  },
  {
    name: 'run_command',
    arguments: { command: 'npx eslint src' },
    result: '\u001b[32m✔\u001b[0m 12 files, no problems',
  },
] as const

async function seedTurns(db: Db, { runId, beadId, item, startedAt, content }: SeedTurnsInput): Promise<void> {
  const count = item.turns ?? 0
  for (let seq = 1; seq <= count; seq++) {
    const call = calls[(seq - 1) % calls.length] ?? calls[0]
    const refused = seq === 4
    const begun = startedAt.getTime() + ((seq - 1) * item.seconds * 1_000) / count
    await db.insert(turns).values({
      id: newId(),
      runId,
      beadId,
      seq,
      prompt: item.step,
      promptVersion: '3',
      promptHash: 'c0ffee12d41d8cd98f00b204e9800998ecf8427e',
      model: 'claude-sonnet-4-5',
      request:
        seq === 1
          ? `Task T1: Count days in UTC in parseDate\n\n${issueBody}`
          : 'Results of the tool calls above.',
      content: content ?? answers[(seq - 1) % answers.length] ?? null,
      toolCalls: [{ id: `call_${seq}`, name: call.name, arguments: JSON.stringify(call.arguments) }],
      toolResults: [
        {
          toolCallId: `call_${seq}`,
          content: refused
            ? 'src/format.ts is outside the scope of T1. Ask for it with finish.'
            : (content ?? call.result),
          isError: refused,
          durationMs: 34 * seq,
        },
      ],
      finish: 'tool_calls',
      usage: { inputTokens: 6_210, outputTokens: 480, cachedInputTokens: 4_900, estimated: false },
      costMicros: 11_300,
      headSha: seq === 2 ? '9f3c2e71ab08d4561e7fc0a2b93d85f64c1e20d7' : null,
      startedAt: new Date(begun),
      endedAt: new Date(begun + (item.seconds * 1_000) / count - 400),
    })
  }
}

async function seedEvents(db: Db, runId: string, beadId: string, item: SeedBead, at: Date): Promise<void> {
  const lines = [
    { kind: 'bead', data: { step: item.step, status: 'running' } },
    ...(item.turns ? [{ kind: 'tool', data: { tool: 'edit_file', text: 'src/parse.ts, 1 place' } }] : []),
    { kind: 'log', data: { text: `${item.step}: \u001b[2m${item.seconds} s\u001b[0m` } },
  ]
  await db
    .insert(runEvents)
    .values(lines.map((line, i) => ({ ...line, runId, beadId, at: new Date(at.getTime() + i * 900) })))
}
