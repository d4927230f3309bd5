import { newId } from '@/lib/db/ids'
import { AppError } from '@/lib/errors'
import type { ServiceContext } from '../context'
import type { RunSummary } from '../views'
import { findRunSummary } from './summary'

/**
 * Makes a run, and wakes the worker. A commit whose answer was lost is no failure: the run is there.
 * @param id chosen before by who may ask twice: a run that is there under it is the one that was asked for
 * @param make makes it under the id that it is given
 */
export async function madeOnce(
  ctx: ServiceContext,
  id: string | undefined,
  make: (id: string) => Promise<void>,
): Promise<RunSummary> {
  const made = id ?? newId()
  const there = id === undefined ? null : await findRunSummary(ctx.db, id)
  if (!there) {
    await make(made).catch(async (error: unknown) => {
      const kept = await findRunSummary(ctx.db, made).catch(() => null)
      if (!kept) throw error
    })
  }
  ctx.wake()
  const run = await findRunSummary(ctx.db, made)
  if (!run) throw new AppError('internal', 'A run was made and then was not there.')
  return run
}
