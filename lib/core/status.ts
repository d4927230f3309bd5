import { AppError } from './app-error'

/** Every status a run can have, with the word and the tone that pages and the CLI show. */
export const runStatuses = {
  queued: { label: 'Queued', tone: 'grey', ended: false },
  running: { label: 'Running', tone: 'blue', ended: false },
  waiting_gate: { label: 'Waiting for people', tone: 'amber', ended: false },
  waiting_external: { label: 'Waiting for something', tone: 'violet', ended: false },
  paused_budget: { label: 'Paused by budget', tone: 'orange', ended: false },
  succeeded: { label: 'Succeeded', tone: 'green', ended: true },
  failed: { label: 'Failed', tone: 'red', ended: true },
  rejected: { label: 'Rejected', tone: 'red-outline', ended: true },
  aborted: { label: 'Aborted', tone: 'grey', ended: true },
  cancelled: { label: 'Cancelled', tone: 'grey', ended: true },
} as const

export type RunStatus = keyof typeof runStatuses
export const runStatusNames = Object.keys(runStatuses) as [RunStatus, ...RunStatus[]]

export const beadStatusNames = ['pending', 'running', 'completed', 'failed', 'skipped'] as const
export type BeadStatus = (typeof beadStatusNames)[number]

/**
 * Which status may follow which. An ended run moves only by a person: `retry` sets a failed, aborted, rejected or
 * cancelled one running again, `skip` of a failed run's last step makes it succeed. The router never moves one.
 */
export const runTransitions: Readonly<Record<RunStatus, readonly RunStatus[]>> = {
  queued: ['running', 'cancelled'],
  running: [
    'running',
    'waiting_gate',
    'waiting_external',
    'paused_budget',
    'succeeded',
    'failed',
    'aborted',
    'cancelled',
  ],
  waiting_gate: ['running', 'waiting_gate', 'rejected', 'aborted', 'cancelled', 'succeeded', 'failed'],
  waiting_external: ['running', 'waiting_external', 'failed', 'cancelled'],
  paused_budget: ['running', 'succeeded', 'cancelled'],
  succeeded: [],
  failed: ['running', 'succeeded'],
  rejected: ['running'],
  aborted: ['running'],
  cancelled: ['running'],
}

/** A failed bead of an agent runs again when a person's `retry` goes on with its conversation. */
const beadTransitions: Readonly<Record<BeadStatus, readonly BeadStatus[]>> = {
  pending: ['running', 'skipped'],
  running: ['completed', 'failed', 'skipped'],
  completed: [],
  failed: ['running'],
  skipped: [],
}

export function isEnded(status: RunStatus): boolean {
  return runStatuses[status].ended
}

/** @throws AppError('illegal_transition') when the table has no such way. */
export function assertTransition(from: RunStatus, to: RunStatus): void {
  if (!runTransitions[from].includes(to)) {
    throw new AppError('illegal_transition', `A run that is ${from} cannot become ${to}.`)
  }
}

/** @throws AppError('illegal_transition') when the table has no such way. */
export function assertBeadTransition(from: BeadStatus, to: BeadStatus): void {
  if (!beadTransitions[from].includes(to)) {
    throw new AppError('illegal_transition', `A bead that is ${from} cannot become ${to}.`)
  }
}
