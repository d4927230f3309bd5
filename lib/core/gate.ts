/** What an approval is bound to: any change of any part makes another hash, and the approval void. */
export interface GateEvidence {
  readonly baseSha: string
  readonly headSha: string
  readonly diff: string
  readonly plan: string
  readonly policy: string
}

/** The text whose SHA-256 is a gate's evidence hash (spec.md section 7). Lengths keep the parts apart. */
export function evidenceText(evidence: GateEvidence): string {
  const parts = [evidence.baseSha, evidence.headSha, evidence.diff, evidence.plan, evidence.policy]
  return parts.map((part) => `${part.length}:${part}`).join('\n')
}

export interface Decision {
  readonly actorId: string
  readonly decision: 'approve' | 'reject'
}

/** One rejection rejects; N different approvers approve; until then it waits. */
export function tally(
  decisions: readonly Decision[],
  requiredApprovers: number,
): 'approved' | 'rejected' | 'waiting' {
  if (decisions.some((decision) => decision.decision === 'reject')) return 'rejected'
  const approvers = new Set(decisions.map((decision) => decision.actorId))
  return approvers.size >= requiredApprovers ? 'approved' : 'waiting'
}
