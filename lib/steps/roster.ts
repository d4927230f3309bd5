import type { z } from 'zod'
import type { AgentName } from '@/lib/core/flow'
import { planSchema } from '@/lib/core/plan'
import { reviewSchema } from '@/lib/core/review'
import { codedSchema } from './coder'
import { debuggedSchema } from './debugger'
import { testedSchema } from './tester'

/** What an agent is, beside its prompt, for pages. A test holds it against what models were really offered. */
export interface AgentRole {
  readonly about: string
  /** Tools that it may call, `finish` aside. `run_command` is offered where the project has such commands. */
  readonly tools: readonly string[]
  /** What it hands in through `finish`. */
  readonly output: z.ZodType
}

const looking = ['list_files', 'read_file', 'search_code']
const changing = ['edit_file', 'write_file', 'delete_file']

export const roster: Readonly<Record<AgentName, AgentRole>> = {
  planner: {
    about: 'Reads the issue and the repository, and makes a plan of small tasks with their files.',
    tools: looking,
    output: planSchema,
  },
  coder: {
    about: 'Carries out one task of the plan, within the files that the plan names.',
    tools: [...looking, 'git_diff', ...changing, 'run_command'],
    output: codedSchema,
  },
  reviewer: {
    about: 'Judges the diff by the task and the evidence. Cannot change anything.',
    tools: looking,
    output: reviewSchema,
  },
  tester: {
    about: 'Writes tests that fail without the change and pass with it; the suite itself is run by DevPilot.',
    tools: [...looking, 'git_diff', ...changing],
    output: testedSchema,
  },
  debugger: {
    about: 'Finds the cause of a failure and mends it.',
    tools: [...looking, 'git_diff', ...changing, 'run_command'],
    output: debuggedSchema,
  },
}
