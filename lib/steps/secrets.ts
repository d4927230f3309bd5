import { parseUnifiedDiff } from '@/lib/core/diff-lines'
import type { SecretsEvidence } from '@/lib/core/evidence'
import { secretsIn } from '@/lib/core/secrets'

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
