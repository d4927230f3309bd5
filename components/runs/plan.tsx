import { clsx } from 'clsx'
import { Check, ChevronRight, Circle, CircleCheck, CircleDashed } from 'lucide-react'
import type { Task } from '@/lib/core/plan'
import { visible } from '@/lib/core/visible'
import type { EvidenceView } from '@/lib/services/views'
import { type Proven, proveCriteria } from './criteria'

interface PlanProps {
  readonly tasks: readonly Task[]
  /** Index of the task being done; tasks before it are done, all of them when it is past the end. */
  readonly taskIndex: number
  /** What checks found: it ticks criteria. Without it none is ticked. */
  readonly evidence?: readonly EvidenceView[]
  readonly open?: boolean
}

/** The plan: tasks in order, what each touches and how it is known to be done. */
export function Plan({ tasks, taskIndex, evidence = [], open = false }: PlanProps) {
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
              <span className="ml-auto flex h-5.5 shrink-0 items-center gap-1.5 text-xs text-faint">
                <span title="Estimated complexity">{task.estimated_complexity}</span>
                <ChevronRight aria-hidden className="size-3.5 transition-transform group-open:rotate-90" />
              </span>
            </summary>
            <div className="space-y-2 px-3 pb-3 pl-10 text-sm text-muted">
              {task.description && (
                <p className="max-w-prose whitespace-pre-wrap">{visible(task.description)}</p>
              )}
              <p className="code text-ink">{task.files_likely_affected.map(visible).join('  ')}</p>
              <Criteria task={task} done={index < taskIndex} evidence={evidence} />
              {task.wishes && (
                <p className="max-w-prose whitespace-pre-wrap">{visible(task.wishes.join('\n'))}</p>
              )}
              {task.dependencies.length > 0 && <p>After {task.dependencies.map(visible).join(', ')}.</p>}
            </div>
          </details>
        </li>
      ))}
    </ol>
  )
}

interface CriteriaProps {
  readonly task: Task
  readonly done: boolean
  readonly evidence: readonly EvidenceView[]
}

/** What the task is done by; ticked where a test proves it, and the test named, so that anybody can judge. */
function Criteria({ task, done, evidence }: CriteriaProps) {
  return (
    <ul className="space-y-1">
      {proveCriteria(task, evidence).map((proven) => (
        <li key={proven.criterion} className="flex items-start gap-2">
          <Tick proven={proven} done={done} />
          <div className="min-w-0">
            <p className="text-ink">{visible(proven.criterion)}</p>
            {proven.tests.map((test) => (
              <p key={test} className="code text-muted">
                {visible(test)}
              </p>
            ))}
            {proven.tests.length === 0 && done && (
              <p className="text-xs">The task is done; no test’s name speaks of this.</p>
            )}
          </div>
        </li>
      ))}
    </ul>
  )
}

function Tick({ proven, done }: { readonly proven: Proven; readonly done: boolean }) {
  const [Icon, tone, word] =
    proven.tests.length > 0
      ? ([CircleCheck, 'text-green', 'Proven by tests'] as const)
      : done
        ? ([CircleDashed, 'text-muted', 'Not proven by a test'] as const)
        : ([Circle, 'text-faint', 'Open'] as const)
  return (
    <span className={clsx('mt-0.5 shrink-0', tone)} title={word}>
      <Icon aria-hidden className="size-3.5" />
      <span className="sr-only">{word}: </span>
    </span>
  )
}
