import type { SecretsEvidence } from '@/lib/core/evidence'
import { CONFIDENCE_GATE } from '@/lib/core/flow'
import { type SecretLine, secretLines } from '@/lib/core/secret-lines'
import { approvedTip } from './gate'
import type { Bench, StepContext } from './ports'

/** Secrets in the lines that a diff adds: the rule and the place, never the secret. */
export function scanSecrets(diff: string, commit: string): SecretsEvidence {
  return { kind: 'secrets', findings: secretLines(diff).slice(0, 2_000), commit }
}

/**
 * Why a change may not leave yet: secrets that nobody has looked at, in the change or in a commit before its last.
 * People who approved just this change, asked for just this reason, have said that it may.
 * @returns files and rules, never the secrets; null when the change may be pushed
 */
export async function secretsHold(
  context: StepContext,
  bench: Bench,
  { diff, headSha }: { readonly diff: string; readonly headSha: string },
): Promise<string | null> {
  const now = secretLines(diff)
  // The branch is pushed with its history: what a later commit took out again would leave with it.
  const before = secretLines(await bench.commitDiffs(), diff)
  if (now.length + before.length === 0) return null
  const parts = [
    ...(now.length === 0 ? [] : [`The change seems to carry secrets: ${placesText(now)}.`]),
    ...(before.length === 0
      ? []
      : [
          `Commits of the branch seem to carry secrets that its last one no longer has: ${placesText(before)}. Approving pushes them with its history.`,
        ]),
  ]
  const reason = `${parts.join(' ')} Nothing was pushed.`
  if ((await approvedTip(context, bench, CONFIDENCE_GATE))?.reason === reason) return null
  const findings = [...now, ...before].slice(0, 2_000)
  await context.record.evidence('change', { kind: 'secrets', findings, commit: headSha })
  return reason
}

function placesText(found: readonly SecretLine[]): string {
  const places = [...new Set(found.map(({ file, rule }) => `${file} (${rule})`))]
  const more = places.length > 10 ? ` and ${places.length - 10} more` : ''
  return `${places.slice(0, 10).join(', ')}${more}`
}
