import { databaseUnavailable } from '@/lib/errors'

/** How long a lease that was seen held is believed, in milliseconds. */
const BELIEVED_MS = 2_000
const TRIES = 5

/**
 * The last look at a lease before something is done outside. An answer that came late is asked for again: a process
 * that was stopped between the two may have lost the lease since, and only the time that passed here tells.
 * @param left milliseconds that the lease still has, null for one that does not lapse; throws when it is lost
 * @param clock milliseconds that go on while the process is stopped; never compared with another machine's
 * @throws AppError('unavailable') when no answer comes in time
 */
export async function holdNow(
  left: () => Promise<number | null>,
  clock: () => number = () => performance.now(),
): Promise<void> {
  for (let attempt = 0; attempt < TRIES; attempt++) {
    const asked = clock()
    const ms = await left()
    if (clock() - asked < Math.min(ms ?? BELIEVED_MS, BELIEVED_MS)) return
  }
  const slow = 'The database takes too long to say whether this worker still has the run.'
  throw databaseUnavailable(undefined, slow)
}
