import { MICROS_PER_DOLLAR } from '@/lib/core/budget'
import type { RunView } from '@/lib/services/views'

/** What the questions before an action need to know of a run. */
export const runFacts = (run: RunView) => ({
  runId: run.id,
  status: run.status,
  step: run.step,
  steps: [...new Set(run.flowSteps)],
  budgetDollars: run.budgetMicros / MICROS_PER_DOLLAR,
})
