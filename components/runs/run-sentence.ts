import { plural } from '@/components/format'
import type { RunView } from '@/lib/services/views'

const doing: Readonly<Record<string, string>> = {
  prepare: 'Preparing the workspace and its baseline',
  planner: 'The planner is making the plan',
  coder: 'The coder is changing code',
  reviewer: 'The reviewer is reading the change',
  tester: 'The tester is proving the change',
  debugger: 'The debugger is after what fails',
  pr: 'Opening the pull request',
  merge: 'Merging',
  evaluate: 'Scoring the change',
  reflect: 'Keeping what was learned',
}

/** Where a run is and why, in one sentence. */
export function runSentence(run: RunView): string {
  const place = placeInFlow(run)
  switch (run.status) {
    case 'queued':
      return run.beads.length === 0
        ? 'Waits for a worker to take it up.'
        : `Waits for a worker to go on at ${run.step}.`
    case 'running': {
      const bead = run.beads.findLast(({ status }) => status === 'running')
      const task = run.plan[run.taskIndex]
      const of = task && bead?.taskId === task.id ? ` for ${task.id}, ${task.title}` : ''
      const again = bead && bead.attempt > 1 ? `, for the ${ordinal(bead.attempt)} time` : ''
      return `${doing[run.step] ?? `At ${run.step}`}${of}${again}${place}.`
    }
    case 'failed':
      return failedSentence(run)
    default:
      return run.detail
  }
}

function placeInFlow({ flowSteps, step }: RunView): string {
  const index = flowSteps.indexOf(step)
  return index === -1 ? '' : `, step ${index + 1} of ${flowSteps.length}`
}

function ordinal(count: number): string {
  const words = ['', 'first', 'second', 'third', 'fourth', 'fifth']
  return words[count] ?? `${count}th`
}

/** What went wrong stands below it in full. */
function failedSentence({ dead, error, detail }: RunView): string {
  if (dead) return `Given up at ${dead.step} after ${plural(dead.tries, 'try', 'tries')}.`
  return error ? `Failed at ${error.step}.` : detail
}
