import { setTimeout as sleep } from 'node:timers/promises'
import type { repositories } from '@/drizzle/schema'
import { readNews } from '@/lib/core/github-event'
import { runFor } from '@/lib/core/github-trigger'
import { backoffMs } from '@/lib/core/retry'
import type { Db } from '@/lib/db/client'
import {
  type ClaimedDelivery,
  claimDelivery,
  releaseDelivery,
  repositoryNamed,
  type Settled,
  settleDelivery,
} from '@/lib/db/webhooks'
import { toAppError } from '@/lib/errors'
import { log } from '@/lib/log'
import { unknownRepository } from '@/lib/services/webhooks/receive'
import { parseConfig } from '@/lib/workspace/config/parse'
import type { FindPerson } from './person'
import { startRunOf } from './start'

type Repository = typeof repositories.$inferSelect

export interface HandleInput {
  readonly db: Db
  readonly home: string
  readonly findPerson: FindPerson
  /** The text of devpilot.yaml on the base branch; null when there is none. */
  readonly readConfig: (repository: Repository) => Promise<string | null>
  readonly random: () => number
  /** Told after a run was committed. */
  readonly wake?: () => void
  readonly signal?: AbortSignal | undefined
  readonly leaseMs?: number
}

/** Longer than a forge may take to give its base branch. */
const LEASE_MS = 75_000
/** Tries in all: a forge may be away for one to two hours. */
const TRIES = 8
/** At once: mostly waiting for a forge. */
const AT_ONCE = 3
const LOOK_MS = 250

/**
 * Works on every webhook that waits, each once however many workers look.
 * @returns how many were settled
 */
export async function handleWebhooks(input: HandleInput): Promise<number> {
  let done = 0
  let busy = 0
  let live = 0
  let freed = Promise.withResolvers<void>()
  const ended = Promise.withResolvers<void>()
  const failures: unknown[] = []
  const another = () => {
    if (live >= AT_ONCE) return
    live += 1
    void work()
      .catch((error: unknown) => failures.push(error))
      .finally(() => {
        live -= 1
        if (live === 0) ended.resolve()
      })
  }
  const work = async (): Promise<void> => {
    while (!input.signal?.aborted) {
      const claimed = await claimDelivery(input.db, input.leaseMs ?? LEASE_MS)
      if (!claimed) {
        // While somebody waits for a forge, perhaps for long, what comes meanwhile does not wait for that.
        if (busy > 0) await Promise.race([freed.promise, sleep(LOOK_MS)])
        if (busy === 0) return
        continue
      }
      busy += 1
      another()
      try {
        if (await settle(input, claimed)) done += 1
      } finally {
        busy -= 1
        freed.resolve()
        freed = Promise.withResolvers<void>()
      }
    }
  }
  another()
  await ended.promise
  // They are due again when their leases are over.
  if (failures.length > 0) throw failures[0]
  return done
}

/** @returns whether it is settled, and by us */
async function settle(input: HandleInput, claimed: ClaimedDelivery): Promise<boolean> {
  try {
    const result = await handle(input, claimed).catch((error: unknown) => afterError(input, claimed, error))
    if (result === 'left') {
      await releaseDelivery(input.db, claimed)
      return false
    }
    if (result !== 'started') await settleDelivery(input.db, claimed, result)
    return result === 'started' || result.kind === 'settled'
  } catch (error) {
    if (toAppError(error).code !== 'lease_lost') throw error
    log('debug', 'a webhook is another worker’s by now', { delivery: claimed.delivery })
    return false
  }
}

const ignored = (note: string, repository?: string): Settled => ({
  kind: 'settled',
  status: 'ignored',
  note,
  ...(repository === undefined ? {} : { repository }),
})

/** What is to become of a delivery; one that starts a run is settled with it. */
async function handle(input: HandleInput, claimed: ClaimedDelivery): Promise<Settled | 'started' | 'left'> {
  const { db, home, findPerson, readConfig, wake } = input
  const { attempt, event, repositoryName } = claimed
  if (attempt > TRIES)
    return { kind: 'settled', status: 'failed', note: `No worker lived through ${TRIES} tries.` }
  const news = readNews(event, JSON.parse(claimed.payload))
  if (news.kind === 'none') return { ...news, kind: 'settled' }
  const repository = repositoryName === null ? null : await repositoryNamed(db, repositoryName)
  if (!repository) return ignored(unknownRepository(repositoryName))
  const text = await unlessAborted(readConfig(repository), input.signal)
  if (text === LEFT) return 'left'
  if (text === null)
    return ignored('The base branch has no devpilot.yaml, which would ask for it.', repository.id)
  const wanted = runFor(parseConfig(text), news)
  if ('none' in wanted) return ignored(wanted.none, repository.id)
  const { actor, active, mayTrigger } = await findPerson(news.by)
  if (!active) return ignored(`The account here of ${news.by.login} is deactivated.`, repository.id)
  if (!mayTrigger)
    return ignored(
      `${news.by.login} is ${actor.name} here and may not start runs; supervisors and admins may.`,
      repository.id,
    )
  const run = await startRunOf({ db, home, claimed, repository, wanted, actor })
  if (run !== null) wake?.()
  return 'started'
}

const LEFT = Symbol('left')

/** What comes of it, unless the worker stops before: a forge may keep it waiting for long. */
async function unlessAborted<T>(work: Promise<T>, signal: AbortSignal | undefined): Promise<T | typeof LEFT> {
  if (!signal) return work
  const stopped = Promise.withResolvers<typeof LEFT>()
  const stop = () => stopped.resolve(LEFT)
  if (signal.aborted) stop()
  signal.addEventListener('abort', stop)
  try {
    return await Promise.race([work, stopped.promise])
  } catch (error) {
    if (signal.aborted) return LEFT
    throw error
  } finally {
    signal.removeEventListener('abort', stop)
  }
}

/** What may pass is tried again; what has ended stays with its reason. */
function afterError(
  { random }: HandleInput,
  { attempt, delivery }: ClaimedDelivery,
  error: unknown,
): Settled {
  const known = toAppError(error)
  const { code, message, mend, transient, retryAfterMs } = known
  if (code === 'lease_lost') throw known
  if (code === 'internal') log('error', 'a webhook could not be worked on', { delivery, error: message })
  const note = mend === undefined ? message : `${message} ${mend}`
  const passes = transient || code === 'timeout' || code === 'unavailable'
  if (!passes || attempt >= TRIES) return { kind: 'settled', status: 'failed', note }
  // Half of it is fixed: with chance alone all tries might be over in a minute.
  const inMs = backoffMs(attempt, (1 + random()) / 2, {
    baseMs: 60_000,
    capMs: 3_600_000,
    floorMs: retryAfterMs ?? 0,
  })
  return { kind: 'again', note, inMs }
}
