import { AppError } from '@/lib/core/app-error'
import type { StepContext } from './ports'

/**
 * Something done outside that a cancel must be able to stop. The intent is written under the worker's lease first:
 * a run that was cancelled has none any more, so nothing is begun. What was begun already cannot be called back;
 * its intent then stays on record without a result, the run says `cancelled` and claims nothing about it, and a
 * retry finds by its key what was made.
 * @param key names this very effect of the run
 * @throws AppError('cancelled' | 'lease_lost') before anything is done
 */
export function outside<T extends Record<string, unknown>>(
  { record, signal }: StepContext,
  { key, kind }: { readonly key: string; readonly kind: string },
  make: () => Promise<T>,
): Promise<T> {
  const alive = () => {
    if (signal.aborted) throw new AppError('cancelled', `The run was stopped before its ${kind}.`)
  }
  alive()
  return record.effect(key, kind, async () => {
    alive()
    return make()
  })
}
