/** What becomes of a learning. */
export type LearningStatus = 'proposed' | 'approved' | 'rejected' | 'expired'
/** What a person decides about one. */
export const learningDecisions = ['approve', 'reject', 'expire'] as const
export type LearningDecision = (typeof learningDecisions)[number]

const decided: Readonly<Record<LearningDecision, { from: readonly LearningStatus[]; to: LearningStatus }>> = {
  // What was refused or has ended can be taken up again.
  approve: { from: ['proposed', 'rejected', 'expired'], to: 'approved' },
  reject: { from: ['proposed'], to: 'rejected' },
  expire: { from: ['approved'], to: 'expired' },
}

/** The status that a decision leads to; null where it makes no sense in this one. */
export function decideLearning(status: LearningStatus, decision: LearningDecision): LearningStatus | null {
  const { from, to } = decided[decision]
  return from.includes(status) ? to : null
}

/** What a person can decide in this status. */
export function decisionsIn(status: LearningStatus): LearningDecision[] {
  return learningDecisions.filter((decision) => decideLearning(status, decision) !== null)
}
