/**
 * What ended runs count as: `devpilot_end_facts` of drizzle/migrations/0022_rollups.sql writes them. `n` counts runs
 * unless said otherwise; `total` is stated with each.
 */
export const seriesMetrics = [
  /** key: status; total: micro-dollars. */
  'end',
  /** key: `score` or a part of it; total: its sum. */
  'score',
  /** key: times that work was sent back, 5 for more; total: those that succeeded. */
  'loops',
  /** From the trigger to the merge. key: bucket of time; total: seconds. */
  'cycle',
  /** key: none; total: seconds. */
  'time_people',
  'time_working',
  'time_other',
] as const

export const totalMetrics = [
  /** key: what sent work back; total: times. */
  'loop',
  /** key: status, step, reason; total: micro-dollars. */
  'stop',
  /** key: step, model, prompt and version; empty for what belongs to none; total: micro-dollars. */
  'cost_agent',
  'cost_model',
  'cost_prompt',
  /** key: prompt and version; total: runs that succeeded. */
  'prompt_success',
  /** Waited for people. key: bucket of time; total: seconds. */
  'wait',
  /** key: step, tenth of confidence, what became of the run; total: confidence in thousandths. */
  'confidence',
  /** key: `told` or `not`; total: successes, score, loops. */
  'learning_success',
  'learning_score',
  'learning_loops',
] as const

export type SeriesMetric = (typeof seriesMetrics)[number]
export type TotalMetric = (typeof totalMetrics)[number]
/** key: repository; total: micro-dollars. Only the most expensive are read. */
export const REPOSITORY_METRIC = 'repository'
