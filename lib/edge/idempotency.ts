import { and, eq, lt, sql } from 'drizzle-orm'
import { idempotencyKeys } from '@/drizzle/schema'
import { canonical } from '@/lib/db/audit'
import { type Db, sha256 } from '@/lib/db/client'
import { AppError } from '@/lib/errors'

/** How long a second request with the same key waits for the first. */
const WAIT_MS = 10_000
const LOOK_MS = 50

export interface Answer {
  readonly status: number
  readonly body: unknown
}

/**
 * Does a write once for its `Idempotency-Key`: the same key with the same request gets the first one's answer for
 * a day. A write that failed leaves no key behind, so that it can be sent again.
 * @returns the answer, and whether it is that of an earlier request
 * @throws AppError('conflict') for another request under the key, or while the first is not done
 */
export async function once(
  db: Db,
  key: string,
  request: { readonly actor: string; readonly name: string; readonly input: unknown },
  work: () => Promise<Answer>,
): Promise<Answer & { replayed: boolean }> {
  const id = `${request.actor}:${key}`
  const requestHash = sha256(canonical([request.name, request.input]))
  const begun = Date.now()
  while (!(await take(db, id, requestHash))) {
    const kept = await find(db, id, requestHash)
    if (kept) return { ...kept, replayed: true }
    if (Date.now() - begun > WAIT_MS) throw unfinished()
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS))
  }
  let answer: Answer
  try {
    answer = await work()
  } catch (error) {
    await db.delete(idempotencyKeys).where(eq(idempotencyKeys.key, id))
    throw error
  }
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

/** Whether this request is the first with the key; keys of yesterday are forgotten on the way. */
async function take(db: Db, key: string, requestHash: string): Promise<boolean> {
  const old = lt(idempotencyKeys.createdAt, sql`now() - interval '1 day'`)
  await db.delete(idempotencyKeys).where(and(eq(idempotencyKeys.key, key), old))
  const added = await db
    .insert(idempotencyKeys)
    .values({ key, requestHash })
    .onConflictDoNothing()
    .returning({ key: idempotencyKeys.key })
  return added.length > 0
}

async function find(db: Db, key: string, requestHash: string): Promise<Answer | null> {
  const [row] = await db.select().from(idempotencyKeys).where(eq(idempotencyKeys.key, key))
  if (row && row.requestHash !== requestHash) {
    throw new AppError('conflict', 'This Idempotency-Key was sent with another request.', {
      place: 'Idempotency-Key',
      mend: 'Use a new key for a new request.',
    })
  }
  return row?.done ? { status: row.status ?? 200, body: row.body } : null
}

function unfinished(): AppError {
  return new AppError('conflict', 'An earlier request with this Idempotency-Key is not done.', {
    place: 'Idempotency-Key',
    mend: 'Try again in a moment. If its server died, look whether it took effect, then use a new key.',
    retryAfterMs: WAIT_MS,
  })
}
