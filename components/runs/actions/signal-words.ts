import { isEnded, type RunStatus, runStatuses } from '@/lib/core/status'

export type Kind = 'cancel' | 'retry' | 'skip' | 'resume'

export const signalWords: Readonly<Record<Kind, { item: string; title: string; confirm: string }>> = {
  cancel: { item: 'Cancel', title: 'Cancel this run?', confirm: 'Cancel the run' },
  retry: { item: 'Retry', title: 'Retry this run?', confirm: 'Retry the run' },
  skip: { item: 'Skip step', title: 'Skip the step it stands at?', confirm: 'Skip the step' },
  resume: { item: 'Raise budget', title: 'Raise the budget and go on?', confirm: 'Raise it and go on' },
}

/** What a person can do to a run in this status, as lib/core/signal.ts allows it. */
export function offered(status: RunStatus, step: string): readonly Kind[] {
  if (status === 'succeeded') return []
  if (status === 'paused_budget') return ['resume', 'cancel']
  if (status === 'failed') return ['retry', 'skip']
  if (isEnded(status)) return ['retry']
  return step.startsWith('gate:') || step === 'prepare' ? ['cancel'] : ['skip', 'cancel']
}

interface RunNow {
  readonly status: RunStatus
  readonly step: string
}

/**
 * What happened to the run since it was asked about, where that can no longer be done as it was meant.
 * @param asked the step that it stood at; null where another was named
 */
export function whatMoved(kind: Kind, asked: string | null, run: RunNow): string | null {
  if (!offered(run.status, run.step).includes(kind))
    return `Meanwhile the run is ${runStatuses[run.status].label.toLowerCase()}: this can no longer be done.`
  if ((kind === 'skip' || kind === 'retry') && asked !== null && run.step !== asked)
    return `Meanwhile the run stands at ${run.step} and no longer at ${asked}. Close this and ask again.`
  return null
}

/** What will happen. @param step where the run stands */
export function consequence(kind: Kind, step: string, status: RunStatus): string {
  switch (kind) {
    case 'cancel':
      return `Work stops at ${step}. The workspace and everything on record stay; the run can be retried later.`
    case 'retry':
      return `The run goes on from there with the workspace as it was left. Its budget is unchanged.${
        status === 'rejected'
          ? ' A planner or a coder takes along why it was rejected, what was said of the change, and what you say here.'
          : ''
      }`
    case 'skip':
      return `The run goes on after ${step}, as if it were not in the flow.`
    case 'resume':
      return 'The run goes on where it paused.'
    default:
      return kind satisfies never
  }
}
