import { keyContext, ownerContext, sessionContext } from '@/lib/auth/contexts'
import { cookieSecret, openSession, sessionCookieName } from '@/lib/auth/cookie'
import { checkHost, checkOrigin } from '@/lib/auth/host'
import { sameSecret } from '@/lib/auth/token'
import { env, ownUrls } from '@/lib/env'
import { AppError, toAppError } from '@/lib/errors'
import type { Runtime } from '@/lib/runtime'
import type { ServiceContext } from '@/lib/services/context'
import { looksLikeKey } from '@/lib/services/keys/secret'
import { ownerIsOff } from '@/lib/services/sign-in/with-token'
import { databaseAway } from '@/lib/services/stats/readiness'

/** @throws AppError('forbidden') for a request that reached us under a foreign name. */
export function assertOurHost(request: Request): void {
  checkHost(request.headers.get('host') ?? new URL(request.url).host, ownUrls(env()))
}

/**
 * Who sends this request: the holder of the token or of a key (`Authorization: Bearer`), or of a session's cookie,
 * whose writes must come from our own pages.
 * @throws AppError('unauthorized' | 'rate_limited' | 'forbidden' | 'unavailable')
 */
export async function authenticate(request: Request, runtime: Runtime): Promise<ServiceContext> {
  try {
    return await identify(request, runtime)
  } catch (error) {
    // Who asks is told by the database, too.
    throw toAppError(error).code === 'unavailable' ? databaseAway(error) : error
  }
}

async function identify(request: Request, runtime: Runtime): Promise<ServiceContext> {
  const { headers, method } = request
  const header = headers.get('authorization')
  if (header !== null) return byBearer(/^Bearer +(\S+)$/i.exec(header)?.[1] ?? '', headers, runtime)
  const session = await openSession(cookieOf(headers), cookieSecret(runtime.token, env()))
  const ctx = session === null ? null : await sessionContext(runtime, session)
  if (!ctx) {
    throw new AppError('unauthorized', 'This needs the token of the installation, or a key.', {
      mend: 'Send `Authorization: Bearer <token>`; the token is in the file `token` of DEVPILOT_HOME, keys are made under Settings.',
    })
  }
  if (method !== 'GET' && method !== 'HEAD') checkOrigin(headers)
  return ctx
}

async function byBearer(sent: string, headers: Headers, runtime: Runtime): Promise<ServiceContext> {
  if (sent !== '' && sameSecret(sent, runtime.token)) {
    const cli = headers.get('user-agent')?.startsWith('devpilot') === true
    const ctx = await ownerContext(runtime, cli ? 'cli' : 'api')
    if (!ctx) throw ownerIsOff()
    return ctx
  }
  const ctx = await keyContext(runtime, sent)
  if (ctx) return ctx
  throw runtime.wrongTokens.refuse(Date.now(), looksLikeKey(sent) ? 'key' : 'token')
}

function cookieOf(headers: Headers): string | undefined {
  const name = sessionCookieName(env())
  const pairs = (headers.get('cookie') ?? '').split(';').map((pair) => pair.trim())
  return pairs.find((pair) => pair.startsWith(`${name}=`))?.slice(name.length + 1)
}
