import { AppError } from '@/lib/core/app-error'
import type { StepRunner } from './engine'

/** A step that no signal ends is not waited for longer than this; what it still writes is refused by its lease. */
const PATIENCE_MS = 10_000

/**
 * The steps of a run one after the other, as far as this process does them: who lost the run may still be ending a
 * command in the checkout that its successor is about to restore.
 */
export function inTurn(runStep: StepRunner, patienceMs = PATIENCE_MS): StepRunner {
  const underWay = new Map<string, Promise<unknown>>()
  return (work) => {
    const { run, signal } = work
    const before = underWay.get(run.id)
    const mine = before ? ended(before, signal, patienceMs).then(() => runStep(work)) : runStep(work)
    // Whoever comes next waits for all of them: one that was stopped while it waited says nothing of those before.
    const all = Promise.allSettled([before, mine]).then(() => {
      if (underWay.get(run.id) === all) underWay.delete(run.id)
    })
    underWay.set(run.id, all)
    return mine
  }
}

/** @throws AppError('cancelled') when the signal comes first */
async function ended(before: Promise<unknown>, signal: AbortSignal, patienceMs: number): Promise<void> {
  const enough = AbortSignal.any([signal, AbortSignal.timeout(patienceMs)])
  await new Promise<void>((resolve) => {
    if (enough.aborted) resolve()
    enough.addEventListener('abort', () => resolve(), { once: true })
    before.then(() => resolve())
  })
  if (signal.aborted)
    throw new AppError('cancelled', 'Stopped before the step began.', { cause: signal.reason })
}
