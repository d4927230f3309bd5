import { newerDatabase, newerMigration } from '@/lib/db/migrate'
import type { AppError } from '@/lib/errors'
import { log } from '@/lib/log'
import type { EngineHealth, Runtime } from '@/lib/runtime'

/**
 * Looks whether another version has changed the database while this one runs. Then this process works on nothing any
 * more, and gives back what is under way: its statements are not made for what is there now.
 */
export async function standBack(runtime: Runtime): Promise<void> {
  const name = await newerMigration(runtime.database.db)
  // One that is still being started is stopped at the next look.
  const { engine, superseded } = runtime
  if (name === null || !engine || superseded.signal.aborted) return
  const error = newerDatabase(name)
  log('error', error.message, { mend: error.mend, place: 'database' })
  superseded.abort(error)
  // Not waited for: this is one of the duties that it ends.
  engine.stop().catch((failed: unknown) => {
    log('warn', 'what is under way could not all be given back', { error: String(failed) })
  })
}

/** What pages and probes are told of an engine whose process is superseded; null: it is not. */
export function supersededHealth({ superseded: { signal } }: Runtime): EngineHealth | null {
  if (!signal.aborted) return null
  const { message, mend }: AppError = signal.reason
  return { ok: false, detail: `${message} Nothing is worked on here.`, mend, place: 'database' }
}
