import { randomUUID } from 'node:crypto'
import { toAppError } from '@/lib/errors'
import { log } from '@/lib/log'

/** What a surface may tell of an error; `id` finds the whole of a masked one in the log. */
export interface PublicError {
  readonly id: string
  readonly status: number
  readonly code: string
  readonly message: string
  readonly mend: string | undefined
  readonly place: string | undefined
  readonly retryAfterMs: number | undefined
}

/** An `AppError` says what it says; what nobody foresaw, and where the database is, is logged under an id instead. */
export function publicError(thrown: unknown): PublicError {
  const id = randomUUID()
  const error = toAppError(thrown)
  const { status, code, mend, place, retryAfterMs } = error
  if (place === 'DATABASE_URL' || place === 'POSTGRES_URL') {
    log('error', error.message, { id, place, mend })
    const message = 'The database of this installation cannot be used.'
    return { id, status, code, message, mend: logged(id), place: undefined, retryAfterMs }
  }
  if (code !== 'internal') return { id, status, code, message: error.message, mend, place, retryAfterMs }
  const cause = error.cause instanceof Error ? error.cause : error
  log('error', error.message, { id, stack: cause.stack, cause: String(cause.cause ?? '') })
  const message = 'Something went wrong inside DevPilot.'
  return { id, status, code, message, mend: logged(id), place: undefined, retryAfterMs }
}

const logged = (id: string): string => `The log of the server tells more under ${id}.`

/** The answer to a request that failed: a problem document (RFC 9457) with a stable `code`. */
export function problemResponse(thrown: unknown): Response {
  const error = publicError(thrown)
  const body = {
    type: `urn:devpilot:problem:${error.code}`,
    title: titleOf(error.code),
    status: error.status,
    detail: error.message,
    instance: `urn:uuid:${error.id}`,
    code: error.code,
    ...(error.place ? { place: error.place } : {}),
    ...(error.mend ? { mend: error.mend } : {}),
  }
  const headers = new Headers({ 'content-type': 'application/problem+json', 'cache-control': 'no-store' })
  if (error.status === 401) headers.set('www-authenticate', 'Bearer realm="devpilot"')
  if (error.retryAfterMs !== undefined)
    headers.set('retry-after', String(Math.max(1, Math.ceil(error.retryAfterMs / 1000))))
  return new Response(JSON.stringify(body), { status: error.status, headers })
}

/** `stale_evidence` as `Stale evidence`. */
function titleOf(code: string): string {
  const words = code.replaceAll('_', ' ')
  return words.charAt(0).toUpperCase() + words.slice(1)
}
