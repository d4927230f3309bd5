import { AppError } from '@/lib/core/app-error'
import type { Effect, StepContext } from './ports'

/**
 * Something done outside, once; the one way in which steps do it. Its intent is written under the worker's lease
 * first: a run that was cancelled has none any more, so nothing is begun. What was begun already cannot be called
 * back; its intent then stays on record without a result, the run says `cancelled` and claims nothing about it, and a
 * retry finds by its key what was made. A refusal of its first write is kept on record, too; the next attempt asks again.
 * @throws AppError('cancelled' | 'lease_lost') before anything is done; what `make` throws
 */
export async function outside<T extends Record<string, unknown>>(
  { record, signal }: StepContext,
  effect: Effect,
  make: () => Promise<T>,
): Promise<T> {
  if (signal.aborted) throw new AppError('cancelled', `The run was stopped before its ${effect.kind}.`)
  const refusal: { error?: AppError } = {}
  const result = await record.effect<T | { refused: string }>(effect, async () => {
    try {
      return await make()
    } catch (error) {
      if (!isRefusal(error)) throw error
      refusal.error = error
      return { refused: error.message }
    }
  })
  if (refusal.error) throw refusal.error
  return result as T
}

/**
 * As `outside`, for what no run should end for: a refusal of the forge (a token that may not) is said in the live log.
 * Trouble that may pass is thrown, so that the step is tried again.
 * @returns whether it was done
 */
export async function outsideIfAllowed(
  context: StepContext,
  effect: Effect,
  make: () => Promise<void>,
): Promise<boolean> {
  try {
    await outside<Record<string, unknown>>(context, effect, async () => {
      await make()
      return {}
    })
    return true
  } catch (error) {
    if (!isRefusal(error)) throw error
    await context.record.event('log', {
      text: `warning: no ${effect.kind}: ${error.message} ${error.mend ?? ''}`,
    })
    return false
  }
}

const refusals = ['forge_error', 'not_found', 'conflict', 'stale_evidence', 'git_error']

/** Whether somebody outside said no, once and for all. */
function isRefusal(error: unknown): error is AppError {
  return error instanceof AppError && refusals.includes(error.code) && !error.transient
}
