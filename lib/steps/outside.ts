import { AppError } from '@/lib/core/app-error'
import type { Effect, StepContext } from './ports'

/**
 * Something done outside, once; the one way in which steps do it. Its intent is written under the worker's lease
 * first: a run that was cancelled has none any more, so nothing is begun. What was begun already cannot be called
 * back; its intent then stays on record without a result, the run says `cancelled` and claims nothing about it, and a
 * retry finds by its key what was made.
 * @throws AppError('cancelled' | 'lease_lost') before anything is done
 */
export async function outside<T extends Record<string, unknown>>(
  { record, signal }: StepContext,
  effect: Effect,
  make: () => Promise<T>,
): Promise<T> {
  if (signal.aborted) throw new AppError('cancelled', `The run was stopped before its ${effect.kind}.`)
  return record.effect(effect, make)
}

/**
 * As `outside`, for what no run should end for: a refusal of the forge (a token that may not) is kept on record, said
 * in the live log, and asked again by the next attempt. Trouble that may pass is thrown, so that the step is tried
 * again.
 * @returns whether it was done
 */
export async function outsideIfAllowed(
  context: StepContext,
  effect: Effect,
  make: () => Promise<void>,
): Promise<boolean> {
  const result = await outside<Record<string, unknown>>(context, effect, async () => {
    try {
      await make()
      return {}
    } catch (error) {
      if (!(error instanceof AppError && refusals.includes(error.code)) || error.transient) throw error
      await context.record.event('log', {
        text: `warning: no ${effect.kind}: ${error.message} ${error.mend ?? ''}`,
      })
      return { refused: error.message }
    }
  })
  return result.refused === undefined
}

const refusals = ['forge_error', 'not_found', 'conflict', 'git_error']
