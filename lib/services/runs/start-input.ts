import { z } from 'zod'
import { MICROS_PER_DOLLAR } from '@/lib/core/budget'
import { flowsWithTask } from '@/lib/core/flow-list'
import { triggerNames } from '@/lib/core/names'
import { type RunOverrides, runOverridesSchema, type TriggerTask } from '@/lib/core/trigger'
import { AppError } from '@/lib/errors'

/** Dollars that a run may spend until its repository's configuration is read (spec.md section 5). */
export const DEFAULT_BUDGET_USD = 3
export const budgetUsd = z.number().positive().max(10_000)

export const startRunInput = z.strictObject({
  /** An absolute path, a clone URL, owner/name on GitHub, or the id or name of a known repository. */
  repository: z.string().trim().min(1).max(2_000),
  flow: z
    .string()
    .regex(/^[a-z0-9][a-z0-9_-]{0,59}$/, 'a flow is named in lower-case letters, digits, - and _')
    .default('auto')
    .describe('`auto`: what the configuration says for the trigger.'),
  trigger: z.enum(triggerNames).default('manual'),
  /** The number of an issue of the repository's forge. */
  issue: z.int().min(1).max(2_147_483_647).optional(),
  /** What is to be done, in words. */
  task: z.string().trim().min(1).max(200_000).optional(),
  title: z.string().trim().min(1).max(300).optional(),
  url: z.url().max(2_000).optional(),
  /** The failure that a debugger starts from. */
  log: z.string().max(1_000_000).optional(),
  files: z.array(z.string().min(1).max(1_000)).max(200).optional(),
  budgetUsd: budgetUsd
    .optional()
    .describe('Without it: `budget.per_run_usd` of the repository’s configuration, 3 where it names none.'),
  priority: z.int().min(-100).max(100).default(0).describe('Higher goes first where runs wait for a worker.'),
  overrides: runOverridesSchema.strict().default({}),
  /** The configuration's text instead of the base branch's devpilot.yaml; short for `overrides.config`. */
  config: z.string().max(1_000_000).optional(),
})
export type StartRun = z.output<typeof startRunInput>

/** As asked for by what happened elsewhere: with the label of an issue that chooses among the triggers. */
export type AskedRun = StartRun & { readonly label?: string | undefined }

/**
 * What the run is asked to do.
 * @throws AppError('bad_request') when the flow needs a task and none is given.
 */
export function taskOf(input: AskedRun): TriggerTask {
  const { task, title, issue, label, url, log, files, flow } = input
  const said = task ?? issue ?? log ?? files
  if (
    said === undefined &&
    input.trigger !== 'schedule' &&
    input.overrides.steps === undefined &&
    flowsWithTask.includes(flow)
  ) {
    throw new AppError('bad_request', `task: the flow "${flow}" is not told what to do.`, {
      place: 'task',
      mend: 'Give `task`, `issue` or `log`.',
    })
  }
  return {
    title: title ?? firstLine(task) ?? (issue === undefined ? titleOfFlow(flow) : `Issue #${issue}`),
    body: task ?? '',
    ...(issue === undefined ? {} : { issue }),
    ...(label === undefined ? {} : { label }),
    ...(url === undefined ? {} : { url }),
    ...(log === undefined ? {} : { log }),
    ...(files === undefined ? {} : { files }),
  }
}

function firstLine(task: string | undefined): string | undefined {
  const line = task?.split('\n', 1)[0]?.trim()
  return line ? [...line].slice(0, 200).join('') : undefined
}

/** `ci_failure` as `Ci failure`. */
function titleOfFlow(flow: string): string {
  const words = flow.replaceAll('_', ' ')
  return words.charAt(0).toUpperCase() + words.slice(1)
}

export function overridesOf({ overrides, config }: StartRun): RunOverrides {
  return config === undefined ? overrides : { ...overrides, config }
}

/** Dollars as whole micro-dollars. */
export function toMicros(usd: number): number {
  return Math.round(usd * MICROS_PER_DOLLAR)
}
