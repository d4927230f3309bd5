import { processId } from '@/lib/db/process'
import { dutyDone, takeDuty } from '@/lib/db/workers'
import { type Duty, startDuties } from '@/lib/engine/duties'
import { log } from '@/lib/log'
import type { Runtime } from '@/lib/runtime'
import { reconcile } from './reconcile'
import { sweepLayers } from './sweep'
import { sweepKept, sweepRefs } from './sweep-kept'

const MINUTE_MS = 60_000

/** What this installation's workers do beside the runs. */
function dutiesOf(runtime: Runtime): Duty[] {
  const {
    database: { db },
    home,
  } = runtime
  const owner = processId()
  return [
    { name: 'reconcile', everyMs: 5 * MINUTE_MS, by: 'each', run: () => reconcile({ db, home, owner }) },
    { name: 'layers', everyMs: 60 * MINUTE_MS, by: 'each', run: () => sweepLayers(home, Date.now()) },
    { name: 'refs', everyMs: 60 * MINUTE_MS, by: 'each', run: () => sweepRefs(db, home) },
    { name: 'kept-commits', everyMs: 60 * MINUTE_MS, by: 'one', run: () => sweepKept(db, home) },
    { name: 'leases', everyMs: MINUTE_MS, by: 'one', run: () => mendLeases(runtime) },
  ]
}

async function mendLeases({ engine }: Runtime): Promise<void> {
  const mended = (await engine?.reconcile()) ?? []
  if (mended.length > 0) log('warn', 'runs that nobody worked on were put back', { runs: mended.join(' ') })
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
