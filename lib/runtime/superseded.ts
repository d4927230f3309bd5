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
  if (name === null || runtime.superseded.signal.aborted) return
  const error = newerDatabase(name)
  log('error', error.message, { mend: error.mend, place: 'database' })
  runtime.superseded.abort(error)
  // Not waited for: this is one of the duties that it ends.
  runtime.engine?.stop().catch((failed: unknown) => {
    log('warn', 'what is under way could not all be given back', { error: String(failed) })
  })
}

/** Why this process is superseded; null: it is not. */
export function supersededBy({ superseded: { signal } }: Runtime): AppError | null {
  return signal.aborted ? signal.reason : null
}

/** What pages and probes are told of an engine whose process is superseded; null: it is not. */
export function supersededHealth(runtime: Runtime): EngineHealth | null {
  const error = supersededBy(runtime)
  return (
    error && {
      ok: false,
      detail: `${error.message} Nothing is worked on here.`,
      mend: error.mend,
      place: 'database',
    }
  )
}
