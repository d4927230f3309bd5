import type { Task } from './plan'
import type { ReviewComment } from './review'
import type { RunState } from './run'

/** The steps that can do something about what people said of a change, the first choice first. */
export const heeding = ['coder', 'planner'] as const
export type HeedingStep = (typeof heeding)[number]

/** Whether a run that begins again at this step takes along what people said when they rejected its change. */
export function takesWishes(step: string): step is HeedingStep {
  return heeding.some((one) => one === step)
}

/**
 * The run sent back with what people said of its change. A planner makes another plan of it; a coder whose task is not
 * done yet heeds it there. Else it becomes a task of its own behind the one that is done: it is about the whole change,
 * may touch what any of the tasks may, and the reviewer and the tester are told of it. Tasks that are left follow.
 * @param rejected as the rejection left it
 * @param retried as it begins again
 */
export function withWishes(rejected: RunState, retried: RunState, said: readonly ReviewComment[]): RunState {
  if (said.length === 0 || !takesWishes(retried.step)) return retried
  const sent: RunState = { ...retried, feedback: [...said] }
  const { tasks, taskIndex } = rejected
  if (retried.step === 'planner' || tasks.length === 0) return sent
  if (isDone(rejected)) {
    const next = Math.min(taskIndex + 1, tasks.length)
    return { ...sent, tasks: tasks.toSpliced(next, 0, wishTask(tasks, said)), taskIndex: next }
  }
  return { ...sent, tasks: tasks.map((task, i) => (i === taskIndex ? heedingTask(task, said) : task)) }
}

/**
 * Whether the current task is coded. A gate that the coder asked for (it made no progress, ran out of its limits, needs
 * other files) leaves the run's place at the coder, one of the planner before it; all others stand behind it.
 */
function isDone({ index, flow }: RunState): boolean {
  return index > flow.indexOf('coder')
}

function heedingTask(task: Task, said: readonly ReviewComment[]): Task {
  const wishes = [...(task.wishes ?? []), ...said.map(wish)]
  return { ...task, files_likely_affected: distinct([...filesOf([task]), ...namedIn(said)]), wishes }
}

function wishTask(tasks: readonly Task[], said: readonly ReviewComment[]): Task {
  const ids = new Set(tasks.map(({ id }) => id))
  const number = tasks.map((_, i) => i + 1).find((n) => !ids.has(`P${n}`)) ?? tasks.length + 1
  return {
    id: `P${number}`,
    title: 'What people want changed',
    description: '',
    files_likely_affected: distinct([...filesOf(tasks), ...namedIn(said)]),
    acceptance_criteria: ['What people said of the change is settled.'],
    estimated_complexity: 'medium',
    dependencies: [],
    wishes: said.map(wish),
  }
}

const distinct = (names: readonly string[]): string[] => [...new Set(names)]
const filesOf = (tasks: readonly Task[]): string[] => tasks.flatMap((task) => task.files_likely_affected)
const namedIn = (said: readonly ReviewComment[]): string[] =>
  said.map(({ file }) => file).filter((file) => file !== '.')

function wish({ file, line, body }: ReviewComment): string {
  const place = file === '.' ? '' : line === null ? `${file}: ` : `${file}:${line}: `
  return `- ${place}${body}`
}
