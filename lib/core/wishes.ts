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
 * The run sent back with what people said of its change. A planner makes another plan of it. For a coder it becomes a
 * task of its own behind those of the plan: it is about the whole change, may touch what any of them may, and the
 * reviewer holds the coder to it.
 */
export function withWishes(state: RunState, said: readonly ReviewComment[]): RunState {
  if (said.length === 0 || !takesWishes(state.step)) return state
  const sent: RunState = { ...state, feedback: [...said] }
  if (state.step !== 'coder' || state.tasks.length === 0) return sent
  const task = wishTask(state.tasks, said)
  return { ...sent, tasks: [...state.tasks, task], taskIndex: state.tasks.length }
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
