import { and, eq, lt, sql } from 'drizzle-orm'
import { idempotencyKeys } from '@/drizzle/schema'
import { canonical } from '@/lib/db/audit'
import { type Db, sha256 } from '@/lib/db/client'
import { idOf } from '@/lib/db/ids'
import { AppError, type ErrorCode, toAppError } from '@/lib/errors'

/** How long a second request with the same key waits for the first. */
const WAIT_MS = 10_000
const LOOK_MS = 50

export interface Answer {
  readonly status: number
  readonly body: unknown
}

/** Errors that do not tell whether something was written: the answer to a commit may be what was lost. */
const unsure: readonly ErrorCode[] = ['unavailable', 'timeout', 'cancelled', 'internal']

export interface Asked {
  readonly actor: string
  readonly name: string
  readonly input: unknown
  /** It makes something under the id that it is given, or finds it there: it may be done again. */
  readonly makes: boolean
}

/**
 * Does a write once for its `Idempotency-Key`: the same key with the same request gets the first one's answer for
 * a day. A write that surely wrote nothing leaves no key behind, so that it can be sent again. One of which nobody knows
 * leaves it: what makes something is done again under the same id, for anything else its caller has to look.
 * @param work is given the id for what it makes
 * @returns the answer, and whether it is that of an earlier request
 * @throws AppError('conflict') for another request under the key, or while the first is not done
 */
export async function once(
  db: Db,
  key: string,
  request: Asked,
  work: (made: string) => Promise<Answer>,
): Promise<Answer & { replayed: boolean }> {
  const id = `${request.actor}:${key}`
  const requestHash = sha256(canonical([request.name, request.input]))
  const place = await takeOrWait(db, id, requestHash, request.makes)
  if ('answer' in place) return { ...place.answer, replayed: true }
  const answer = await work(idOf(id, place.since)).catch(async (error: unknown) => {
    // Not by who did it again: the first may still be at it.
    if (place.first && !unsure.includes(toAppError(error).code))
      await db.delete(idempotencyKeys).where(eq(idempotencyKeys.key, id))
    throw error
  })
  await db
    .update(idempotencyKeys)
    .set({ done: true, status: answer.status, body: answer.body })
    .where(eq(idempotencyKeys.key, id))
  return { ...answer, replayed: false }
}

/** @throws AppError('bad_request') for a key that is no short plain text. */
export function idempotencyKey(headers: Headers): string | null {
  const key = headers.get('idempotency-key')
  if (key === null || /^[\x21-\x7e]{1,200}$/.test(key)) return key
  throw new AppError('bad_request', 'Idempotency-Key: 1 to 200 visible ASCII characters without a blank.', {
    place: 'Idempotency-Key',
    mend: 'Use a UUID.',
  })
}

interface Place {
  /** When the key was taken. */
  readonly since: Date
  readonly first: boolean
}

/** Waits for the request that has the key. Where that does not end, what may be done again is. */
async function takeOrWait(
  db: Db,
  key: string,
  requestHash: string,
  makes: boolean,
): Promise<Place | { readonly answer: Answer }> {
  const begun = Date.now()
  for (;;) {
    const now = await take(db, key, requestHash)
    if (now) return { since: now, first: true }
    const found = await find(db, key, requestHash)
    if (found?.answer) return { answer: found.answer }
    if (found && Date.now() - begun > WAIT_MS) {
      if (!makes) throw unfinished()
      return { since: found.createdAt, first: false }
    }
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS))
  }
}

/** When this request took the key; null when another has it. Keys of yesterday are forgotten on the way. */
async function take(db: Db, key: string, requestHash: string): Promise<Date | null> {
  const old = lt(idempotencyKeys.createdAt, sql`now() - interval '1 day'`)
  await db.delete(idempotencyKeys).where(and(eq(idempotencyKeys.key, key), old))
  const added = await db
    .insert(idempotencyKeys)
    .values({ key, requestHash })
    .onConflictDoNothing()
    .returning({ createdAt: idempotencyKeys.createdAt })
  return added[0]?.createdAt ?? null
}

interface Taken {
  readonly createdAt: Date
  /** null while it is not done. */
  readonly answer: Answer | null
}

async function find(db: Db, key: string, requestHash: string): Promise<Taken | null> {
  const [row] = await db.select().from(idempotencyKeys).where(eq(idempotencyKeys.key, key))
  if (row && row.requestHash !== requestHash) {
    throw new AppError('conflict', 'This Idempotency-Key was sent with another request.', {
      place: 'Idempotency-Key',
      mend: 'Use a new key for a new request.',
    })
  }
  if (!row) return null
  const { createdAt, done, status, body } = row
  return { createdAt, answer: done ? { status: status ?? 200, body } : null }
}

function unfinished(): AppError {
  return new AppError('conflict', 'An earlier request with this Idempotency-Key is not done.', {
    place: 'Idempotency-Key',
    mend: 'Try again in a moment. If that one ended in an error, or its server died, look whether it took effect, then use a new key.',
    retryAfterMs: WAIT_MS,
  })
}
