import { z } from 'zod'

/** Bounds of what is kept of one check: the rest is counted, never silently lost. */
export const MAX_CASES = 20_000
export const MAX_FINDINGS = 2_000
export const MAX_MESSAGE = 2_000
export const MAX_UNCOVERED = 20_000

const count = z.int().min(0)
/** The commit that was checked, with `+dirty` when files were not committed; null when there is none. */
const commit = z.string().nullable()
/** Why a command was ended by us, else null. */
const ended = z.enum(['timeout', 'memory', 'disk', 'cancelled']).nullable()
const exitCode = z.int().nullable()

export const testStatusSchema = z.enum(['passed', 'failed', 'skipped'])

/** One test. `id` is stable from run to run: file, then the full name. */
export const testCaseSchema = z.object({
  id: z.string(),
  file: z.string(),
  name: z.string(),
  status: testStatusSchema,
  message: z.string().max(MAX_MESSAGE).optional(),
  durationMs: z.number().min(0).optional(),
})
export type TestCase = z.infer<typeof testCaseSchema>

/** A run of the tests. `parsed` is false where only the exit code is known; `note` then says why. */
export const testEvidenceSchema = z.object({
  kind: z.literal('tests'),
  framework: z.string(),
  command: z.string(),
  exitCode,
  total: count,
  passed: count,
  failed: count,
  skipped: count,
  cases: z.array(testCaseSchema).max(MAX_CASES),
  /** Cases over the bound that are counted above and not listed. */
  casesDropped: count,
  parsed: z.boolean(),
  note: z.string().optional(),
  ended,
  /** Bytes of the command's output that were not kept. */
  droppedBytes: count,
  durationMs: count,
  commit,
})
export type TestEvidence = z.infer<typeof testEvidenceSchema>

/** One complaint of a linter or type checker; `line` is 1-based, 0 for the whole file. */
export const findingSchema = z.object({
  file: z.string(),
  line: count,
  rule: z.string(),
  message: z.string().max(MAX_MESSAGE),
  severity: z.enum(['error', 'warning']),
})
export type Finding = z.infer<typeof findingSchema>

const findingsOf = <K extends string>(kind: K) =>
  z.object({
    kind: z.literal(kind),
    tool: z.string(),
    command: z.string(),
    exitCode,
    findings: z.array(findingSchema).max(MAX_FINDINGS),
    findingsDropped: count,
    note: z.string().optional(),
    ended,
    durationMs: count,
    commit,
  })

export const lintEvidenceSchema = findingsOf('lint')
export type LintEvidence = z.infer<typeof lintEvidenceSchema>
export const typesEvidenceSchema = findingsOf('types')
export type TypesEvidence = z.infer<typeof typesEvidenceSchema>

/** Share of lines run by the tests, 0 to 100; null with `reason` where it could not be measured. */
export const coverageEvidenceSchema = z.object({
  kind: z.literal('coverage'),
  tool: z.string(),
  linesPercent: z.number().min(0).max(100).nullable(),
  linesFound: count,
  linesHit: count,
  files: z
    .array(
      z.object({
        file: z.string(),
        linesFound: count,
        linesHit: count,
        /** Numbers of lines that no test runs; left out where there are none, or too many are known already. */
        uncovered: z.array(count).optional(),
      }),
    )
    .max(MAX_CASES),
  reason: z.string().optional(),
  commit,
})
export type CoverageEvidence = z.infer<typeof coverageEvidenceSchema>

export const setupEvidenceSchema = z.object({
  kind: z.literal('setup'),
  command: z.string().nullable(),
  /** Of manifests, lock files, command, platform and toolchain. */
  hash: z.string(),
  cached: z.boolean(),
  durationMs: count,
  warnings: z.array(z.string()),
  commit,
})

/** Secrets found in a change: the rule and the place, never the secret. */
export const secretsEvidenceSchema = z.object({
  kind: z.literal('secrets'),
  findings: z.array(z.object({ file: z.string(), line: count, rule: z.string() })).max(MAX_FINDINGS),
  commit,
})
export type SecretsEvidence = z.infer<typeof secretsEvidenceSchema>

export const testFlagKinds = [
  'test_file_deleted',
  'test_removed',
  'test_skipped',
  'test_focused',
  'assertion_removed',
  'assertion_weakened',
] as const

/** A place in a diff where tests lose strength. `line` is of the old file for what was removed, else of the new. */
export const testFlagSchema = z.object({
  kind: z.enum(testFlagKinds),
  file: z.string(),
  line: count,
  text: z.string(),
})
export type TestFlag = z.infer<typeof testFlagSchema>

export const diffEvidenceSchema = z.object({
  kind: z.literal('diff'),
  files: z.array(
    z.object({
      file: z.string(),
      status: z.enum(['added', 'modified', 'deleted', 'renamed']),
      added: count,
      removed: count,
      binary: z.boolean(),
    }),
  ),
  added: count,
  removed: count,
  testsTouched: z.array(z.string()),
  testFlags: z.array(testFlagSchema),
  commit,
})
export type DiffEvidence = z.infer<typeof diffEvidenceSchema>

/**
 * The proof that a change is what makes its tests pass: the tests of the files it touches, run on the base (with
 * those files laid over) and on the head.
 */
export const proofEvidenceSchema = z.object({
  kind: z.literal('proof'),
  files: z.array(z.string()),
  /** Pass on the head and did not on the base: these prove the change. */
  provenBy: z.array(z.string()).max(MAX_CASES),
  /** Pass on both: they guard what was there. */
  passBoth: count,
  note: z.string().optional(),
  commit,
})
export type ProofEvidence = z.infer<typeof proofEvidenceSchema>

/** What a deterministic check produced. */
export const evidenceSchema = z.discriminatedUnion('kind', [
  testEvidenceSchema,
  lintEvidenceSchema,
  typesEvidenceSchema,
  coverageEvidenceSchema,
  setupEvidenceSchema,
  secretsEvidenceSchema,
  diffEvidenceSchema,
  proofEvidenceSchema,
])
export type Evidence = z.infer<typeof evidenceSchema>
