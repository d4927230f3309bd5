import { z } from 'zod'
import { AppError } from '@/lib/errors'
import type { Io } from './io'

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
export function parseOptions<S extends z.ZodType>(schema: S, options: unknown): z.output<S> {
  const parsed = schema.safeParse(options)
  if (parsed.success) return parsed.data
  const lines = parsed.error.issues.map(
    (issue) => `${flagName(String(issue.path[0] ?? ''))}: ${issue.message}`,
  )
  throw new AppError('bad_request', lines.join('; '), { mend: 'See `--help` of this command.' })
}

/** A number as a flag gives it. */
export const flagNumber = z.coerce.number({ error: 'this is no number.' })

/** `taskFile` as `--task-file`. */
function flagName(key: string): string {
  return `--${key.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`
}
