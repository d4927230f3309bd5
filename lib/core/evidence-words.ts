import type { Evidence, LintEvidence, TestEvidence, TypesEvidence } from './evidence'
import { plural } from './plural'

/** How a check went, in a few words: `6 passed`, `1 of 7 failed, exit 1`, `2 findings, 1 error`. */
export function evidenceWords(evidence: Evidence): string {
  switch (evidence.kind) {
    case 'tests':
      return evidence.parsed ? ranWords(testWords(evidence), evidence) : unparsedWords(evidence)
    case 'lint':
    case 'types':
      return ranWords(findingsWords(evidence), evidence)
    case 'coverage':
      if (evidence.linesPercent === null) return evidence.reason ?? 'not measured'
      return `${evidence.linesPercent.toFixed(1)}% of lines`
    case 'setup':
      if (evidence.command === null) return 'nothing to install'
      return evidence.cached ? 'as it was kept from before' : 'installed'
    case 'secrets':
      return evidence.findings.length === 0 ? 'none' : `${evidence.findings.length} found`
    case 'diff':
      return [
        `${plural(evidence.files.length, 'file')}, +${evidence.added} −${evidence.removed}`,
        ...(evidence.testFlags.length > 0
          ? [`${plural(evidence.testFlags.length, 'place')} weaken tests`]
          : []),
      ].join('; ')
    case 'proof':
      return `of the changed tests ${evidence.provenBy.length} proven, ${evidence.passBoth} pass on both`
    default:
      return evidence satisfies never
  }
}

/** How tests went of which only the exit code is known: `passed, not told apart`. */
export function unparsedWords({
  ended,
  exitCode,
}: Pick<TestEvidence, 'exitCode'> & { ended: string | null }) {
  if (ended !== null) return `not told apart, ended by us: ${ended}`
  return `${exitCode === 0 ? 'passed' : `failed, exit ${exitCode ?? 'unknown'}`}, not told apart`
}

function testWords({ total, passed, failed, skipped }: TestEvidence): string {
  const said = failed > 0 ? `${failed} of ${total} failed` : `${passed} passed`
  return skipped > 0 ? `${said}, ${skipped} skipped` : said
}

function findingsWords({ findings, findingsDropped, exitCode }: LintEvidence | TypesEvidence): string {
  const errors = findings.filter(({ severity }) => severity === 'error').length
  const count = findings.length + findingsDropped
  // It said that something is wrong, or could not begin: as "0 findings" that would look well.
  if (count === 0 && exitCode !== 0) return 'names no finding'
  return errors === 0 ? plural(count, 'finding') : `${plural(count, 'finding')}, ${plural(errors, 'error')}`
}

/** With why it was ended, or the exit code where that is not 0. */
function ranWords(said: string, { ended, exitCode }: Pick<TestEvidence, 'ended' | 'exitCode'>): string {
  if (ended !== null) return `${said}, ended by us: ${ended}`
  return exitCode === 0 ? said : `${said}, exit ${exitCode ?? 'unknown'}`
}
