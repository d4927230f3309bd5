import { z } from 'zod'
import { AppError } from '@/lib/errors'
import type { Io } from './io'
import { optionProblem } from './option-problem'

/** One command as it was typed. */
export interface Invocation {
  readonly args: readonly unknown[]
  readonly options: Readonly<Record<string, unknown>>
  readonly io: Io
}

/** What every file of cli/commands exports; the number is the exit code. */
export interface CommandModule {
  command(invocation: Invocation): Promise<number>
}

/**
 * The options of a command, checked.
 * @throws AppError('bad_request') that names every wrong flag.
 */
export function parseOptions<S extends z.ZodType>(
  schema: S,
  options: Readonly<Record<string, unknown>>,
): z.output<S> {
  const parsed = schema.safeParse(options, { reportInput: true })
  if (parsed.success) return parsed.data
  const problems = parsed.error.issues.map((issue) => optionProblem(issue, options))
  throw new AppError('bad_request', problems.map(({ said }) => said).join(' '), {
    mend: [...new Set(problems.map(({ mend }) => mend))].join(' '),
  })
}

/** A number as a flag gives it. */
export const flagNumber = z.coerce.number()
