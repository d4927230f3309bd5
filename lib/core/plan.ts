import { z } from 'zod'

/** One task of a plan, after seed 004 section 5.2. `files` end in `/` for everything below a folder. */
const plannedTaskSchema = z.object({
  id: z.string().min(1).max(20),
  title: z.string().min(1).max(200),
  description: z.string().max(4000).default(''),
  files_likely_affected: z.array(z.string().min(1)).min(1).max(40),
  acceptance_criteria: z.array(z.string().min(1)).min(1).max(20),
  estimated_complexity: z.enum(['low', 'medium', 'high']).default('medium'),
  dependencies: z.array(z.string()).default([]),
})

/** As it is kept of a run: people may have widened it, and said what they want of it. */
export const taskSchema = plannedTaskSchema.extend({
  files_likely_affected: z.array(z.string().min(1)).min(1),
  /** For the agents alone: criteria are published with the pull request, and what is said at gates is not. */
  wishes: z.array(z.string()).optional(),
})
export type Task = z.infer<typeof taskSchema>

/** What the planner hands in through `finish`. An empty task list means that nothing is to be done. */
export const planSchema = z.object({
  summary: z.string().min(1).max(2000),
  tasks: z.array(plannedTaskSchema).max(20),
  confidence: z.number().min(0).max(1),
  blockers: z.array(z.string()).default([]),
  /** Only with an empty task list: why there is nothing actionable. */
  abort_reason: z.string().optional(),
})
export type Plan = z.infer<typeof planSchema>

/**
 * The tasks so that each comes after those it depends on; equals keep the planner's order (Kahn's algorithm).
 * @returns the order, or the first problem: a repeated id, an unknown dependency or a circle.
 */
export function orderTasks(
  tasks: readonly Task[],
): { ok: true; tasks: Task[] } | { ok: false; problem: string } {
  const byId = new Map(tasks.map((task) => [task.id, task]))
  if (byId.size < tasks.length) return { ok: false, problem: 'Two tasks have the same id.' }
  for (const task of tasks) {
    const unknown = task.dependencies.find((id) => !byId.has(id))
    if (unknown)
      return { ok: false, problem: `Task ${task.id} depends on ${unknown}, which is not in the plan.` }
  }
  const ordered: Task[] = []
  const done = new Set<string>()
  while (ordered.length < tasks.length) {
    const ready = tasks.find((task) => !done.has(task.id) && task.dependencies.every((id) => done.has(id)))
    if (!ready) return { ok: false, problem: 'The dependencies of the tasks form a circle.' }
    ordered.push(ready)
    done.add(ready.id)
  }
  return { ok: true, tasks: ordered }
}
