import { processId } from '@/lib/db/process'
import { dutyDone, takeDuty } from '@/lib/db/workers'
import { type Duty, startDuties } from '@/lib/engine/duties'
import { log } from '@/lib/log'
import type { Runtime } from '@/lib/runtime'
import { sweepCheckouts, sweepLayers } from './sweep'

const MINUTE_MS = 60_000

/** What this installation's workers do beside the runs. */
function dutiesOf({ database: { db }, home }: Runtime): Duty[] {
  return [
    { name: 'checkouts', everyMs: 10 * MINUTE_MS, by: 'each', run: () => sweepCheckouts(db, home) },
    { name: 'layers', everyMs: 60 * MINUTE_MS, by: 'each', run: () => sweepLayers(home, Date.now()) },
  ]
}

/** Starts doing them in this process. @returns the function that ends it */
export function runDuties(runtime: Runtime): () => Promise<void> {
  const { db } = runtime.database
  return startDuties({
    duties: dutiesOf(runtime),
    take: ({ name, everyMs }) => takeDuty(db, name, everyMs, processId()),
    done: ({ name }) => dutyDone(db, name),
    onError: ({ name }, error) =>
      log('warn', `the duty ${name} will be tried again`, { error: String(error) }),
  })
}
