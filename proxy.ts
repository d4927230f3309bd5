import { randomUUID } from 'node:crypto'
import { type NextRequest, NextResponse } from 'next/server'
import { checkHost } from '@/lib/auth/host'
import { PATH_HEADER } from '@/lib/edge/headers'
import { problemResponse } from '@/lib/edge/problem'
import { env, ownUrls } from '@/lib/env'

/** Answers on our own names only, tells pages their path, and sets the headers that every answer has. */
export function proxy(request: NextRequest): Response {
  try {
    checkHost(request.headers.get('host'), ownUrls(env()))
  } catch (error) {
    return problemResponse(error)
  }
  const headers = new Headers(request.headers)
  headers.set(PATH_HEADER, `${request.nextUrl.pathname}${request.nextUrl.search}`)
  // Next reads the nonce from the policy of the request, and puts it on every script that it writes.
  const rules = policy(randomUUID())
  headers.set('content-security-policy', rules)
  const response = NextResponse.next({ request: { headers } })
  response.headers.set('x-content-type-options', 'nosniff')
  response.headers.set('x-frame-options', 'DENY')
  // The sign-in link carries the token in its query: no other site may see where a visitor came from.
  response.headers.set('referrer-policy', 'no-referrer')
  response.headers.set('content-security-policy', rules)
  return response
}

/**
 * Scripts run only with this answer's nonce, or when such a script loads them; nothing comes from elsewhere, nor are
 * there frames. Styles may stand in attributes: they cannot run anything.
 */
function policy(nonce: string): string {
  return [
    "default-src 'self'",
    `script-src 'self' 'nonce-${nonce}' 'strict-dynamic'`,
    "style-src 'self' 'unsafe-inline'",
    "img-src 'self' data:",
    "font-src 'self'",
    "connect-src 'self'",
    "frame-ancestors 'none'",
    "base-uri 'none'",
    "form-action 'self'",
    "object-src 'none'",
  ].join('; ')
}

export const config = { matcher: ['/((?!_next/static|_next/image).*)'] }
