import { z } from 'zod'
import { AppError } from '@/lib/errors'
import { type Invocation, parseOptions } from './invocation'
import { startAndFollow, startOptions } from './start'

const options = startOptions.extend({
  task: z.string().trim().min(1).optional(),
  files: z.array(z.string().min(1)).optional(),
})

/**
 * `devpilot tests` and `devpilot refactor`.
 * @param fallback the task where none is given; null: one is needed
 */
export async function runNamedFlow(
  flow: 'tests' | 'refactor',
  fallback: string | null,
  { options: raw, io }: Invocation,
): Promise<number> {
  const given = parseOptions(options, raw)
  const about = given.files ? ` in ${given.files.join(', ')}` : ''
  const task = given.task ?? (fallback === null ? undefined : `${fallback}${about}`)
  if (task === undefined) {
    throw new AppError('bad_request', 'Nothing says what is to be refactored.', { mend: 'Give --task "…".' })
  }
  return startAndFollow(
    { flow, trigger: 'cli', task, ...(given.files ? { files: given.files } : {}) },
    given,
    io,
  )
}
