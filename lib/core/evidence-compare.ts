import type { Finding, LintEvidence, TestCase, TestEvidence, TypesEvidence } from '@/lib/core/evidence'

export interface TestComparison {
  /** Fail now and did not fail before: new tests that fail are among them. */
  readonly newlyFailing: readonly TestCase[]
  readonly fixed: readonly TestCase[]
  /** Failed before as well: never blamed on the change. */
  readonly stillFailing: readonly TestCase[]
  /** Ran before and are gone. Empty where a run was cut short or not listed whole: then nobody can tell. */
  readonly missing: readonly TestCase[]
  readonly newlySkipped: readonly TestCase[]
  /** The change made something worse: a new failure, or a run that ended badly for no reason known before. */
  readonly regressed: boolean
}

/**
 * What a change did to the tests.
 * @param before the run on the untouched base; null when there was none, then every failure counts as new.
 */
export function compareTests(before: TestEvidence | null, after: TestEvidence): TestComparison {
  const was = new Map((before?.cases ?? []).map((test) => [test.id, test]))
  const now = new Map(after.cases.map((test) => [test.id, test]))
  const failing = after.cases.filter((test) => test.status === 'failed')
  const newlyFailing = failing.filter((test) => was.get(test.id)?.status !== 'failed')
  const whole = isWhole(after) && before !== null && before.casesDropped === 0
  return {
    newlyFailing,
    fixed: after.cases.filter((test) => test.status === 'passed' && was.get(test.id)?.status === 'failed'),
    stillFailing: failing.filter((test) => was.get(test.id)?.status === 'failed'),
    missing: whole ? [...was.values()].filter((test) => !now.has(test.id)) : [],
    newlySkipped: after.cases.filter((test) => {
      const earlier = was.get(test.id)
      return test.status === 'skipped' && earlier !== undefined && earlier.status !== 'skipped'
    }),
    regressed: newlyFailing.length > 0 || endedWorse(before, after),
  }
}

/** True when the run came to its own end, passed, and nothing in it failed. */
export function testsPassed(evidence: TestEvidence): boolean {
  return evidence.ended === null && evidence.exitCode === 0 && evidence.failed === 0
}

function isWhole(evidence: TestEvidence): boolean {
  return evidence.parsed && evidence.ended === null && evidence.casesDropped === 0
}

/** For runs whose cases do not explain their end: a timeout, a crash, an unknown framework. */
function endedWorse(before: TestEvidence | null, after: TestEvidence): boolean {
  if (after.ended !== null) return before?.ended !== after.ended
  if (after.exitCode === 0 || after.failed > 0) return false
  return before === null || (before.ended === null && before.exitCode === 0)
}

export interface FindingComparison {
  readonly added: readonly Finding[]
  readonly fixed: readonly Finding[]
  readonly kept: readonly Finding[]
}

/** Findings matched by file, rule and message, as many times as they occur: lines move, complaints do not. */
export function compareFindings(before: readonly Finding[], after: readonly Finding[]): FindingComparison {
  const open = new Map<string, Finding[]>()
  for (const finding of before) {
    const key = findingKey(finding)
    const same = open.get(key)
    if (same === undefined) open.set(key, [finding])
    else same.push(finding)
  }
  const added: Finding[] = []
  const kept: Finding[] = []
  for (const finding of after) {
    if (open.get(findingKey(finding))?.shift() === undefined) added.push(finding)
    else kept.push(finding)
  }
  return { added, kept, fixed: [...open.values()].flat() }
}

function findingKey(finding: Finding): string {
  return JSON.stringify([finding.file, finding.rule, finding.message])
}

export type FindingsEvidence = LintEvidence | TypesEvidence

/** It said that something is wrong, could not begin, or was ended. */
export function endedBadly({ exitCode, ended }: Pick<FindingsEvidence, 'exitCode' | 'ended'>): boolean {
  return exitCode !== 0 || ended !== null
}

/**
 * Whether a check ended badly where the base's did not, for a reason that no new finding tells: a crash, a tool whose
 * output cannot be read, an unknown tool.
 */
export function endsWorse(before: FindingsEvidence | null, after: FindingsEvidence): boolean {
  const { added } = compareFindings(before?.findings ?? [], after.findings)
  return isWorseEnd(before && endOf(before), endOf(after), added.length)
}

/** How a check ended, by counts alone. */
export interface CheckEnd {
  readonly badly: boolean
  readonly found: number
}

const endOf = (evidence: FindingsEvidence): CheckEnd => ({
  badly: endedBadly(evidence),
  found: evidence.findings.length,
})

/** As `endsWorse`. @param added findings that the base did not have */
export function isWorseEnd(before: CheckEnd | null, after: CheckEnd, added: number): boolean {
  if (!after.badly || added > 0) return false
  if (before === null || !before.badly) return true
  return after.found === 0 && before.found > 0
}
