import { randomUUID } from 'node:crypto'
import { type NextRequest, NextResponse } from 'next/server'
import { checkHost } from '@/lib/auth/host'
import { NONCE_HEADER, PATH_HEADER } from '@/lib/edge/headers'
import { apiPolicy, pagePolicy, securityHeaders } from '@/lib/edge/policy'
import { problemResponse } from '@/lib/edge/problem'
import { env, isDevelopment, ownUrls } from '@/lib/env'

/** Answers on our own names only, tells pages their path, and sets the headers that every answer has. */
export function proxy(request: NextRequest): Response {
  try {
    checkHost(request.headers.get('host'), ownUrls(env()))
  } catch (error) {
    return secured(problemResponse(error), apiPolicy)
  }
  const { pathname, search } = request.nextUrl
  const headers = new Headers(request.headers)
  headers.set(PATH_HEADER, `${pathname}${search}`)
  const nonce = randomUUID()
  headers.set(NONCE_HEADER, nonce)
  const policy = pathname.startsWith('/api/')
    ? apiPolicy
    : pagePolicy({ nonce, development: isDevelopment() })
  // Next reads the nonce from the policy of the request, and puts it on every script that it writes.
  headers.set('content-security-policy', policy)
  return secured(NextResponse.next({ request: { headers } }), policy)
}

function secured(response: Response, policy: string): Response {
  for (const [name, value] of Object.entries(securityHeaders)) response.headers.set(name, value)
  response.headers.set('content-security-policy', policy)
  return response
}

export const config = { matcher: ['/((?!_next/static|_next/image).*)'] }
