import { checkHost, checkOrigin } from '@/lib/auth/host'
import { isSession, SESSION_COOKIE } from '@/lib/auth/session-value'
import { sameSecret } from '@/lib/auth/token'
import { env, ownUrls } from '@/lib/env'
import { AppError } from '@/lib/errors'
import { owner, type Runtime } from '@/lib/runtime'
import type { ServiceContext } from '@/lib/services/context'

/** @throws AppError('forbidden') for a request that reached us under a foreign name. */
export function assertOurHost(request: Request): void {
  checkHost(request.headers.get('host') ?? new URL(request.url).host, ownUrls(env()))
}

/**
 * Who sends this request: the holder of the token (`Authorization: Bearer`), or of a session's cookie, whose writes
 * must come from our own pages.
 * @throws AppError('unauthorized' | 'rate_limited' | 'forbidden')
 */
export function authenticate(request: Request, runtime: Runtime): ServiceContext {
  const { headers, method } = request
  const header = headers.get('authorization')
  if (header !== null) {
    const token = /^Bearer +(\S+)$/i.exec(header)?.[1]
    if (token !== undefined && sameSecret(token, runtime.token)) {
      const cli = headers.get('user-agent')?.startsWith('devpilot') === true
      return runtime.context(owner(cli ? 'cli' : 'api'))
    }
    throw runtime.wrongTokens.refuse(Date.now())
  }
  if (isSession(cookieOf(headers), runtime.token, new Date())) {
    if (method !== 'GET' && method !== 'HEAD') checkOrigin(headers)
    return runtime.context(owner('dashboard'))
  }
  throw new AppError('unauthorized', 'This needs the token of the installation.', {
    mend: 'Send `Authorization: Bearer <token>`; the token is in the file `token` of DEVPILOT_HOME.',
  })
}

function cookieOf(headers: Headers): string | undefined {
  const pairs = (headers.get('cookie') ?? '').split(';').map((pair) => pair.trim())
  return pairs.find((pair) => pair.startsWith(`${SESSION_COOKIE}=`))?.slice(SESSION_COOKIE.length + 1)
}
