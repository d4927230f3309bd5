import { headers } from 'next/headers'
import NextAuth, { type NextAuthOptions } from 'next-auth'
import GitHubProvider from 'next-auth/providers/github'
import { ownPath } from '@/lib/core/own-path'
import { env, nextAuthUrl } from '@/lib/env'
import { AppError, toAppError } from '@/lib/errors'
import { log } from '@/lib/log'
import { getRuntime, type Runtime } from '@/lib/runtime'
import { beginSession } from '@/lib/services/sessions/begin'
import { findOrJoinByGitHub, type GitHubAccount } from '@/lib/services/sign-in/with-github'
import { takeErrand } from './at-github'
import { signInDb } from './contexts'
import { cookieOptions, cookieSecret, isSecure, SESSION_SECONDS, sessionCookieName } from './cookie'
import { githubApp } from './github'
import { currentContext, endCurrent } from './session'

/** What is reached of next-auth; our own pages and actions do the rest, so there is one door for each way in. */
const doors: Readonly<Record<string, readonly string[]>> = {
  GET: ['csrf', 'providers', 'signin', 'error', 'callback/github'],
  POST: ['signin/github'],
}

/** Signing in through GitHub: state, PKCE, cookies and CSRF are next-auth's. @throws AppError('not_found') */
export async function answerNextAuth(request: Request, path: readonly string[]): Promise<Response> {
  const app = githubApp(env())
  const [action = ''] = path
  const open = doors[request.method]?.some((door) => door === path.join('/') || door === action) ?? false
  if (!app || !open) {
    throw new AppError('not_found', 'There is no such way to sign in here.', {
      mend: 'Open /sign-in.',
    })
  }
  nextAuthUrl()
  const runtime = await getRuntime()
  const handler = NextAuth(optionsOf(runtime, app)) as Handler
  return handler(request, { params: Promise.resolve({ nextauth: [...path] }) })
}

type Handler = (request: Request, context: { params: Promise<{ nextauth: string[] }> }) => Promise<Response>

function optionsOf(
  runtime: Runtime,
  { clientId, clientSecret, url, api }: NonNullable<ReturnType<typeof githubApp>>,
): NextAuthOptions {
  const secure = isSecure(env())
  return {
    secret: cookieSecret(runtime.token, env()),
    useSecureCookies: secure,
    session: { strategy: 'jwt', maxAge: SESSION_SECONDS },
    pages: { signIn: '/sign-in', error: '/sign-in' },
    cookies: {
      sessionToken: {
        name: sessionCookieName(env()),
        options: cookieOptions(secure, SESSION_SECONDS),
      },
    },
    logger: {
      error: (code, metadata) =>
        log('warn', 'signing in failed', {
          code,
          error: String('message' in metadata ? metadata.message : metadata.error),
        }),
      warn: (code) => log('debug', 'next-auth', { code }),
      debug: () => undefined,
    },
    providers: [
      GitHubProvider({
        clientId,
        clientSecret,
        checks: ['state', 'pkce'],
        issuer: `${url}/login/oauth`,
        authorization: { url: `${url}/login/oauth/authorize`, params: { scope: 'read:user' } },
        token: `${url}/login/oauth/access_token`,
        // Its number, login and name; addresses, which next-auth's own request asks github.com for, are not needed.
        userinfo: {
          url: `${api}/user`,
          request: ({ client, tokens }) => client.userinfo(tokens.access_token ?? ''),
        },
      }),
    ],
    callbacks: {
      signIn: async ({ user, profile }) => {
        try {
          user.id = (await whoIs(runtime, accountOf(profile))).id
          return true
        } catch (error) {
          const known = toAppError(error)
          log('warn', 'GitHub signed nobody in', { error: known.message })
          return `/sign-in?error=${known.code === 'internal' ? 'failed' : known.code}`
        }
      },
      // `user` is there at signing in alone. The cookie names a session and holds nothing else.
      jwt: async ({ token, user }) => (user ? { sid: await begun(runtime, user.id) } : token),
      redirect: async ({ url: wanted, baseUrl }) => {
        const path = wanted.startsWith(`${baseUrl}/`) ? wanted.slice(baseUrl.length) : wanted
        return `${baseUrl}${ownPath(path)}`
      },
    },
  }
}

function accountOf(profile: unknown): GitHubAccount {
  const given: Record<string, unknown> = typeof profile === 'object' && profile !== null ? { ...profile } : {}
  const { id, login, name } = given
  if ((typeof id !== 'number' && typeof id !== 'string') || typeof login !== 'string')
    throw new AppError('forge_error', 'GitHub did not say who this is.')
  return { subject: String(id), login, name: typeof name === 'string' && name !== '' ? name : login }
}

async function whoIs(runtime: Runtime, github: GitHubAccount) {
  const errand = await takeErrand()
  const ctx = errand.kind === 'link' ? await currentContext() : null
  // Another session than the one that asked to be linked may be somebody else's.
  const linkTo = errand.kind === 'link' && ctx?.session === errand.session ? ctx.actor : null
  const invitation = errand.kind === 'join' ? errand.code : null
  return findOrJoinByGitHub({ db: signInDb(runtime), github, invitation, linkTo })
}

async function begun(runtime: Runtime, userId: string): Promise<string> {
  const agent = (await headers()).get('user-agent') ?? ''
  const session = await signInDb(runtime).transaction((tx) =>
    beginSession(tx, userId, { kind: 'github', agent }),
  )
  await endCurrent()
  return session
}
