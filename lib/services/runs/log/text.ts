import { z } from 'zod'
import { visibleOutput } from '@/lib/core/visible'
import { authorise } from '../../authorise'
import type { ServiceContext } from '../../context'
import { parseInput } from '../../parse'
import { linesFrom, readLog } from './read'
import { type LogFilters, logFilters } from './where'

export const logTextInput = z.strictObject({
  run: z.uuid(),
  ...logFilters,
  from: z.coerce.number().int().min(1).max(2_000_000_000).default(1),
  /** Without it to the end. */
  limit: z.coerce.number().int().min(1).max(2_000_000_000).optional(),
})

/** Lines that are read at a time. */
const BATCH = 1_000

/**
 * A run's log as text, piece by piece and no line cut: number, time, kind, words. What a terminal would obey is shown
 * as what it is.
 * @throws AppError('not_found') before the first piece
 */
export async function logAsText({
  ctx,
  input,
}: {
  ctx: ServiceContext
  input: z.input<typeof logTextInput>
}): Promise<AsyncGenerator<string, void, undefined>> {
  authorise(ctx, 'read')
  const { run, from, limit, ...filters } = parseInput(logTextInput, input)
  await readLog({ ctx, input: { run, limit: 0 } })
  return pieces(ctx, { run, from, most: limit ?? Number.POSITIVE_INFINITY, filters })
}

interface Wanted {
  readonly run: string
  readonly from: number
  readonly most: number
  readonly filters: LogFilters
}

async function* pieces(
  { db }: ServiceContext,
  { run, from, most, filters }: Wanted,
): AsyncGenerator<string, void, undefined> {
  let first = from
  for (let left = most; left > 0; ) {
    const lines = await linesFrom(db, run, { first, limit: Math.min(left, BATCH), chars: null, filters })
    const last = lines.at(-1)
    if (!last) return
    yield lines.map(({ n, at, kind, text }) => `${n}\t${at}\t${kind}\t${visibleOutput(text)}\n`).join('')
    first = last.n + 1
    left -= lines.length
  }
}
