import { clsx } from 'clsx'
import { Check } from 'lucide-react'
import type { Task } from '@/lib/core/plan'
import { visible } from '@/lib/core/visible'

interface PlanProps {
  readonly tasks: readonly Task[]
  /** Index of the task being done; tasks before it are done, all of them when it is past the end. */
  readonly taskIndex: number
  readonly open?: boolean
}

/** The plan: tasks in order, what each touches and how it is known to be done. */
export function Plan({ tasks, taskIndex, open = false }: PlanProps) {
  return (
    <ol className="divide-y overflow-clip rounded-lg border bg-surface">
      {tasks.map((task, index) => (
        <li key={task.id}>
          <details open={open} className="group">
            <summary className="flex items-start gap-2 px-3 py-2 text-sm hover:bg-raised">
              <span
                className={clsx(
                  'num mt-px inline-flex h-5 min-w-5 shrink-0 items-center justify-center rounded px-1 text-xs',
                  index < taskIndex
                    ? 'tone-green tint'
                    : index === taskIndex
                      ? 'tone-blue tint'
                      : 'bg-raised text-muted',
                )}
              >
                {index < taskIndex ? <Check aria-label="Done" className="size-3" /> : visible(task.id)}
              </span>
              <span className="min-w-0">{visible(task.title)}</span>
              <span className="ml-auto shrink-0 text-xs text-faint">{task.estimated_complexity}</span>
            </summary>
            <div className="space-y-2 px-3 pb-3 pl-10 text-sm text-muted">
              {task.description && (
                <p className="max-w-prose whitespace-pre-wrap">{visible(task.description)}</p>
              )}
              <p className="code text-ink">{task.files_likely_affected.map(visible).join('  ')}</p>
              <ul className="list-disc space-y-0.5 pl-4">
                {task.acceptance_criteria.map((criterion) => (
                  <li key={criterion}>{visible(criterion)}</li>
                ))}
              </ul>
              {task.dependencies.length > 0 && <p>After {task.dependencies.map(visible).join(', ')}.</p>}
            </div>
          </details>
        </li>
      ))}
    </ol>
  )
}
