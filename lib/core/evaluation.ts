import { z } from 'zod'
import { plural } from './plural'

/** Weights of the evolution score, from seed 001 section 4. */
export const evaluationWeights = {
  code_quality: 0.3,
  test_coverage: 0.25,
  maintainability: 0.25,
  readability: 0.2,
} as const
export type EvaluationPart = keyof typeof evaluationWeights

const partSchema = z.object({
  /** 0 to 100. */
  value: z.number().min(0).max(100),
  /** Every input that moved it: `2 new lint findings`, -16. */
  inputs: z.array(z.object({ name: z.string(), points: z.number() })),
})
export const evaluationSchema = z.object({
  code_quality: partSchema,
  test_coverage: partSchema,
  maintainability: partSchema,
  readability: partSchema,
})
export type Evaluation = z.infer<typeof evaluationSchema>

/** What the score is made from: facts of the diff and of the checks, and the review. null: not measured. */
export interface EvaluationFacts {
  readonly testsPassed: boolean | null
  readonly newLintFindings: number | null
  readonly newTypeErrors: number | null
  readonly reviewWarnings: number
  readonly reviewBlocking: number
  readonly testsAdded: number
  readonly testsWeakened: number
  /** Coverage of the change against the base, in percent points. */
  readonly coverageDelta: number | null
  readonly coveragePercent: number | null
  readonly linesAdded: number
  readonly linesRemoved: number
  readonly filesChanged: number
  /** Longest added line, in characters. */
  readonly longestLine: number
  /** Deepest indentation among added lines, in levels. */
  readonly deepestNesting: number
}

/**
 * The evolution score: 0.30 code quality + 0.25 test coverage + 0.25 maintainability + 0.20 readability
 * (spec.md section 8, seed 001 section 4). The deductions inside the parts are ours; each is an input that is shown.
 * @returns the parts with their inputs, and the weighted sum rounded to a whole number of 0 to 100
 */
export function evaluate(facts: EvaluationFacts): { score: number; parts: Evaluation } {
  const parts: Evaluation = {
    code_quality: part(100, [
      ['tests fail', facts.testsPassed === false ? -60 : 0],
      ['tests did not run', facts.testsPassed === null ? -20 : 0],
      [plural(facts.newLintFindings ?? 0, 'new lint finding'), -8 * (facts.newLintFindings ?? 0)],
      [plural(facts.newTypeErrors ?? 0, 'new type error'), -20 * (facts.newTypeErrors ?? 0)],
      [`${plural(facts.reviewBlocking, 'blocking comment')} left`, -25 * facts.reviewBlocking],
      [`${plural(facts.reviewWarnings, 'warning')} of the review`, -5 * facts.reviewWarnings],
    ]),
    test_coverage: part(facts.coveragePercent ?? (facts.testsPassed === null ? 30 : 60), [
      [`${plural(facts.testsAdded, 'test')} added`, Math.min(30, 15 * facts.testsAdded)],
      [`coverage ${facts.coverageDelta ?? 0} points`, 2 * (facts.coverageDelta ?? 0)],
      [`${plural(facts.testsWeakened, 'test')} weakened`, -30 * facts.testsWeakened],
    ]),
    maintainability: part(100, [
      [`${plural(facts.filesChanged, 'file')} changed`, -2 * Math.max(0, facts.filesChanged - 5)],
      [`${plural(facts.linesAdded, 'line')} added`, -0.1 * Math.max(0, facts.linesAdded - 200)],
      [`nesting ${facts.deepestNesting} deep`, -8 * Math.max(0, facts.deepestNesting - 5)],
    ]),
    readability: part(100, [
      [`longest line ${facts.longestLine}`, -0.5 * Math.max(0, facts.longestLine - 120)],
      [`nesting ${facts.deepestNesting} deep`, -5 * Math.max(0, facts.deepestNesting - 5)],
      [`${plural(facts.reviewWarnings, 'warning')} of the review`, -3 * facts.reviewWarnings],
    ]),
  }
  const names = Object.keys(evaluationWeights) as EvaluationPart[]
  const score = names.reduce((sum, name) => sum + evaluationWeights[name] * parts[name].value, 0)
  return { score: Math.round(score), parts }
}

function part(start: number, inputs: readonly (readonly [string, number])[]): Evaluation[EvaluationPart] {
  const moved = inputs.filter(([, points]) => points !== 0).map(([name, points]) => ({ name, points }))
  const value = moved.reduce((sum, input) => sum + input.points, start)
  return {
    value: Math.round(Math.min(100, Math.max(0, value))),
    inputs: [{ name: 'start', points: start }, ...moved],
  }
}
