import { StepMark } from '@/components/ui/agent-mark'
import type { FlowStep } from '@/lib/core/flow'

/** A flow's steps in their order, in one wrapping line. */
export function FlowSteps({ steps }: { readonly steps: readonly FlowStep[] }) {
  return (
    <ol aria-label="Steps" className="flex flex-wrap gap-x-1 gap-y-1.5 text-xs text-muted">
      {steps.map((step, index) => (
        <li key={step} className="flex items-center gap-1">
          {index > 0 && (
            <span aria-hidden className="text-faint">
              →
            </span>
          )}
          <StepMark step={step} />
          {step.replace(/^gate:/, '')}
        </li>
      ))}
    </ol>
  )
}
