import type { Task } from './plan'
import type { ReviewComment } from './review'
import type { RunState } from './run'

/** As `taskSchema` bounds them. */
const [MOST_FILES, MOST_CRITERIA] = [40, 20]
const MOST_LETTERS = 500

/** The steps that can do something about what people said of a change. */
const heeded: readonly string[] = ['planner', 'coder']

/** Whether a run that begins again at this step takes along what people said when they rejected its change. */
export function takesWishes(step: string): boolean {
  return heeded.includes(step)
}

/**
 * The run sent back with what people said of its change. A planner makes another plan of it; a coder whose task is not
 * done yet heeds it there. Else it becomes a task of its own behind the one that is done: it is about the whole change,
 * may touch what any of the tasks may, and the reviewer holds the coder to it. Tasks that are left follow.
 * @param rejected as the rejection left it
 * @param retried as it begins again
 */
export function withWishes(rejected: RunState, retried: RunState, said: readonly ReviewComment[]): RunState {
  if (said.length === 0 || !takesWishes(retried.step)) return retried
  const sent: RunState = { ...retried, feedback: [...said] }
  if (retried.step === 'planner' || !isDone(rejected)) return sent
  const taskIndex = rejected.taskIndex + 1
  const tasks = rejected.tasks.toSpliced(taskIndex, 0, wishTask(rejected.tasks, said))
  return { ...sent, tasks, taskIndex }
}

/** Whether the current task of the plan is coded: approving would not have led to it. */
function isDone({ tasks, taskIndex, gate, index, flow }: RunState): boolean {
  if (taskIndex >= tasks.length || index < flow.indexOf('coder')) return false
  return gate?.resume.step !== 'coder' || gate.resume.taskIndex !== taskIndex
}

function wishTask(tasks: readonly Task[], said: readonly ReviewComment[]): Task {
  const named = said.map(({ file }) => file).filter((file) => file !== '.')
  const files = [...new Set([...tasks.flatMap((task) => task.files_likely_affected), ...named])]
  const ids = new Set(tasks.map(({ id }) => id))
  const number = tasks.map((_, i) => i + 1).find((n) => !ids.has(`P${n}`)) ?? tasks.length + 1
  return {
    id: `P${number}`,
    title: 'What people want changed',
    description: '',
    files_likely_affected: files.length > MOST_FILES ? ['./'] : files,
    acceptance_criteria: said.slice(0, MOST_CRITERIA).map(wish),
    estimated_complexity: 'medium',
    dependencies: [],
  }
}

function wish({ file, line, body }: ReviewComment): string {
  const place = file === '.' ? '' : line === null ? `${file}: ` : `${file}:${line}: `
  const text = place + body
  return text.length > MOST_LETTERS ? `${text.slice(0, MOST_LETTERS - 1)}…` : text
}
