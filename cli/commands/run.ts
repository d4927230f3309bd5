import { z } from 'zod'
import { triggerNames } from '@/lib/core/names'
import { AppError } from '@/lib/errors'
import { flagNumber, type Invocation, parseOptions } from '../invocation'
import { startAndFollow, startOptions, textOf } from '../start'

const options = startOptions.extend({
  task: z.string().trim().min(1).optional(),
  taskFile: z.string().min(1).optional(),
  issue: flagNumber.int().positive().optional(),
  issueNumber: flagNumber.int().positive().optional(),
  trigger: z.enum(triggerNames).optional(),
  log: z.string().min(1).optional(),
  flow: z.string().min(1).optional(),
})

/** Flows that know by themselves what to do. */
const needNoTask = ['scaffold', 'tests']

export async function command({ options: raw, io }: Invocation): Promise<number> {
  const given = parseOptions(options, raw)
  if (given.task !== undefined && given.taskFile !== undefined) {
    throw new AppError('bad_request', '--task and --task-file are both given.', { mend: 'Give one of them.' })
  }
  const task = given.taskFile === undefined ? given.task : await textOf(given.taskFile, '--task-file')
  const log = given.log === undefined ? undefined : await textOf(given.log, '--log')
  const issue = given.issue ?? given.issueNumber
  const told = task !== undefined || issue !== undefined || log !== undefined
  if (!told && !needNoTask.includes(given.flow ?? '')) {
    throw new AppError('bad_request', 'Nothing says what is to be done.', {
      mend: 'Give --task "…", --task-file <file>, --issue <number> or --log <file>.',
    })
  }
  const wanted = {
    flow: given.flow ?? 'auto',
    trigger:
      given.trigger ?? (issue === undefined ? (log === undefined ? 'cli' : 'ci_failure') : 'github_issue'),
    ...(task === undefined ? {} : { task }),
    ...(issue === undefined ? {} : { issue }),
    ...(log === undefined ? {} : { log }),
  } as const
  return startAndFollow(wanted, given, io)
}
