import { cookieSecret, sealSession, sessionCookieName } from '@/lib/auth/cookie'
import type { RouteHandler } from '@/lib/edge/route'
import { env } from '@/lib/env'
import { openRuntime, type Runtime, setRuntime } from '@/lib/runtime'
import { signInWithToken } from '@/lib/services/sign-in/with-token'
import type { TestDatabase } from './database'

const ORIGIN = 'http://127.0.0.1:4280'

/** A runtime over this database as the process's own, and a client that calls route handlers with real requests. */
export async function serve({ database, home }: TestDatabase): Promise<{ runtime: Runtime; call: Call }> {
  const runtime = await openRuntime({ home, database })
  setRuntime(runtime)
  return { runtime, call: caller(runtime) }
}

/** A cookie of a new session of the installation's owner. */
export async function signedIn(runtime: Runtime): Promise<string> {
  const session = await signInWithToken({ db: runtime.database.as({ role: 'auth' }), agent: 'test' })
  return `${sessionCookieName(env())}=${await sealSession(session, cookieSecret(runtime.token, {}))}`
}

export interface Sent {
  readonly method?: string
  readonly path?: string
  readonly params?: Readonly<Record<string, string>>
  /** Sent as JSON, or as it is when it is text. */
  readonly body?: unknown
  readonly headers?: Readonly<Record<string, string>>
  /** null: without a key. */
  readonly token?: string | null
  readonly signal?: AbortSignal
}

export interface Received {
  readonly status: number
  readonly headers: Headers
  readonly json: Record<string, unknown>
  readonly response: Response
}

export type Call = (handler: RouteHandler | undefined, sent?: Sent) => Promise<Received>

function caller(runtime: Runtime): Call {
  return async (handler, sent = {}) => {
    if (!handler) throw new Error('the route has no such method')
    const response = await handler(requestOf(runtime, sent), { params: Promise.resolve(sent.params ?? {}) })
    const type = response.headers.get('content-type') ?? ''
    const json = type.includes('json') && !type.includes('jsonl') ? await response.json() : {}
    return { status: response.status, headers: response.headers, json, response }
  }
}

function requestOf(runtime: Runtime, sent: Sent): Request {
  const headers = new Headers({ host: '127.0.0.1:4280', ...sent.headers })
  if (sent.token !== null) headers.set('authorization', `Bearer ${sent.token ?? runtime.token}`)
  const text = typeof sent.body === 'string' ? sent.body : JSON.stringify(sent.body)
  if (sent.body !== undefined && !headers.has('content-type')) headers.set('content-type', 'application/json')
  return new Request(`${ORIGIN}${sent.path ?? '/api/test'}`, {
    method: sent.method ?? (sent.body === undefined ? 'GET' : 'POST'),
    headers,
    ...(sent.body === undefined ? {} : { body: text }),
    ...(sent.signal ? { signal: sent.signal } : {}),
  })
}
