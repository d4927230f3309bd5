import { parseUnifiedDiff } from '@/lib/core/diff-lines'
import type { SecretsEvidence } from '@/lib/core/evidence'
import { CONFIDENCE_GATE } from '@/lib/core/flow'
import { secretsIn } from '@/lib/core/secrets'
import { approvedTip } from './gate'
import type { Bench, StepContext } from './ports'

/** Secrets in the lines that a diff adds: the rule and the place, never the secret. */
export function scanSecrets(diff: string, commit: string): SecretsEvidence {
  const findings = parseUnifiedDiff(diff).flatMap((file) =>
    file.hunks.flatMap((hunk) =>
      hunk.added.flatMap((line) =>
        secretsIn(line.text).map((rule) => ({ file: file.newPath, line: line.line, rule })),
      ),
    ),
  )
  return { kind: 'secrets', findings: findings.slice(0, 2_000), commit }
}

/**
 * Why a change may not leave yet: secrets that nobody has looked at. People who approved just this change, asked for
 * just this reason, have said that it may.
 * @returns files and rules, never the secrets; null when the change may be pushed
 */
export async function secretsHold(
  context: StepContext,
  bench: Bench,
  { diff, headSha }: { readonly diff: string; readonly headSha: string },
): Promise<string | null> {
  const evidence = scanSecrets(diff, headSha)
  const places = [...new Set(evidence.findings.map(({ file, rule }) => `${file} (${rule})`))]
  if (places.length === 0) return null
  const more = places.length > 10 ? ` and ${places.length - 10} more` : ''
  const reason = `The change seems to carry secrets: ${places.slice(0, 10).join(', ')}${more}. Nothing was pushed.`
  if ((await approvedTip(context, bench, CONFIDENCE_GATE))?.reason === reason) return null
  await context.record.evidence('change', evidence)
  return reason
}
