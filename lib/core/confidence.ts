/** What deterministic checks say beside an agent's own score; absent ones are null. */
export interface ConfidenceSignals {
  readonly testsPassed: boolean | null
  readonly newLintFindings: number | null
  readonly newTypeErrors: number | null
  readonly weakenedTests: number
  readonly outOfScopeFiles: number
  readonly secretsFound: number
}

/**
 * The confidence the router sees: the agent's own score, held down by what the checks found. Checks only ever
 * lower it, because an agent that is wrong is often sure (spec.md section 5). The caps are ours.
 * @param own 0 to 1
 * @returns the score and every cap that was applied, for the record
 */
export function boundedConfidence(
  own: number,
  signals: ConfidenceSignals,
): { score: number; caps: string[] } {
  const rules: readonly [boolean, number, string][] = [
    [signals.testsPassed === false, 0.3, 'tests fail'],
    [signals.secretsFound > 0, 0.1, 'a secret was found'],
    [signals.outOfScopeFiles > 0, 0.5, 'files outside the scope changed'],
    [(signals.newTypeErrors ?? 0) > 0, 0.5, 'new type errors'],
    [signals.weakenedTests > 0, 0.6, 'tests were weakened'],
    [(signals.newLintFindings ?? 0) > 0, 0.8, 'new lint findings'],
  ]
  const hit = rules.filter(([applies]) => applies)
  const score = hit.reduce((low, [, cap]) => Math.min(low, cap), Math.min(1, Math.max(0, own)))
  return { score, caps: hit.map(([, , name]) => name) }
}
