import { hostname } from 'node:os'
import type { Db } from '@/lib/db/client'
import { processId } from '@/lib/db/process'
import { type WorkerRow, workerGone, workerSeen } from '@/lib/db/workers'
import { log } from '@/lib/log'
import { packageVersion } from '@/lib/root'

const EVERY_MS = 10_000

/** This process's row among the workers, kept fresh until it is taken away. */
export interface Seen {
  /** Tells that it takes nothing new. */
  draining(): Promise<void>
  gone(): Promise<void>
}

/** Puts this process among the workers. A database that is away is told again at the next time. */
export async function keepSeen(
  db: Db,
  { engine, concurrency }: Pick<WorkerRow, 'engine' | 'concurrency'>,
): Promise<Seen> {
  const row = {
    id: processId(),
    host: hostname(),
    pid: process.pid,
    engine,
    concurrency,
    version: packageVersion(),
    draining: false,
  }
  const tell = (draining: boolean) =>
    workerSeen(db, { ...row, draining }).catch((error: unknown) =>
      log('warn', 'this worker could not tell that it lives', { error: String(error) }),
    )
  await tell(false)
  const timer = setInterval(() => tell(false), EVERY_MS)
  return {
    draining() {
      clearInterval(timer)
      return tell(true)
    },
    gone: () =>
      workerGone(db, row.id).catch((error: unknown) =>
        log('warn', 'this worker could not tell that it stopped', { error: String(error) }),
      ),
  }
}
