import { WEBHOOKS_DUTY } from '@/lib/core/webhook'
import type { Db } from '@/lib/db/client'
import { processId } from '@/lib/db/process'
import { forgetPayloads } from '@/lib/db/webhooks'
import { dutyDone, foldCounts, takeDuty } from '@/lib/db/workers'
import { type Duties, type Duty, startDuties } from '@/lib/engine/duties'
import { log } from '@/lib/log'
import type { Runtime } from '@/lib/runtime'
import { forgeOf, runUrl } from './forge'
import { forgetKeys } from './maintenance'
import { deliverNotifications } from './notifications'
import { reconcile } from './reconcile'
import { runDueSchedules } from './schedules/due'
import { syncSchedules } from './schedules/sync'
import { standBack } from './superseded'
import { sweepLayers } from './sweep'
import { sweepKept, sweepRefs } from './sweep-kept'
import { handleWebhooksHere } from './webhooks/here'

const MINUTE_MS = 60_000
const READ_LIMIT_MS = 4 * MINUTE_MS

/** What this installation's workers do beside the runs. */
function dutiesOf(runtime: Runtime): Duty[] {
  const {
    database: { db },
    home,
  } = runtime
  const owner = processId()
  return [
    { name: 'schema', everyMs: 5_000, by: 'each', run: () => standBack(runtime) },
    { name: 'reconcile', everyMs: 5 * MINUTE_MS, by: 'each', run: () => reconcile({ db, home, owner }) },
    { name: 'layers', everyMs: 60 * MINUTE_MS, by: 'each', run: () => sweepLayers(home, Date.now()) },
    { name: 'refs', everyMs: 60 * MINUTE_MS, by: 'each', run: () => sweepRefs(db, home) },
    { name: 'kept-commits', everyMs: 60 * MINUTE_MS, by: 'one', run: () => sweepKept(db, home) },
    {
      name: 'notifications',
      everyMs: 5_000,
      by: 'each',
      run: (signal) => deliver(db, signal),
    },
    // Whoever takes one in says so; those of other processes are found by looking.
    { name: WEBHOOKS_DUTY, everyMs: 2_000, by: 'each', run: (signal) => handleWebhooksHere(runtime, signal) },
    {
      name: 'schedules',
      everyMs: 10_000,
      by: 'one',
      run: (signal) => runDueSchedules({ db, home, signal, wake: () => runtime.wake() }),
    },
    {
      name: 'schedules-read',
      everyMs: 5 * MINUTE_MS,
      by: 'one',
      run: (signal) => readSchedules(db, home, signal),
    },
    { name: 'counts', everyMs: MINUTE_MS, by: 'one', run: () => foldCounts(db) },
    { name: 'tidy', everyMs: 30 * MINUTE_MS, by: 'one', run: async () => runtime.database.tidy?.() },
    { name: 'keys', everyMs: 60 * MINUTE_MS, by: 'one', run: () => forgetKeys(db) },
    { name: 'payloads', everyMs: 60 * MINUTE_MS, by: 'one', run: () => forgetPayloads(db) },
    { name: 'leases', everyMs: MINUTE_MS, by: 'one', run: () => mendLeases(runtime) },
  ]
}

async function readSchedules(db: Db, home: string, signal: AbortSignal): Promise<void> {
  const limit = AbortSignal.any([signal, AbortSignal.timeout(READ_LIMIT_MS)])
  const { problems } = await syncSchedules({ db, home, signal: limit })
  for (const { repository, message } of problems)
    log('warn', 'the schedules of a repository could not be read', { repository, error: message })
}

/** Tells people what they are to be told. @returns how many notifications were sent */
export function deliver(db: Db, signal?: AbortSignal): Promise<number> {
  return deliverNotifications({
    db,
    forgeOf: (run, beforeWrite) => forgeOf(db, run, beforeWrite),
    runUrl,
    random: Math.random,
    ...(signal === undefined ? {} : { signal }),
  })
}

async function mendLeases({ engine }: Runtime): Promise<void> {
  const mended = (await engine?.reconcile()) ?? []
  if (mended.length > 0) log('warn', 'runs that nobody worked on were put back', { runs: mended.join(' ') })
}

/** Of a process that hands runs over and works on none. */
const OF_ALL = ['schema']

/** Starts doing them in this process. */
export function runDuties(runtime: Runtime, works = true): Duties {
  const { db } = runtime.database
  return startDuties({
    duties: dutiesOf(runtime).filter(({ name }) => works || OF_ALL.includes(name)),
    take: ({ name, everyMs }) => takeDuty(db, name, everyMs, processId()),
    done: ({ name }) => dutyDone(db, name),
    onError: ({ name }, error) =>
      log('warn', `the duty ${name} will be tried again`, { error: String(error) }),
  })
}
