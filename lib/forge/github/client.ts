import { App, Octokit } from 'octokit'
import { isLoopback } from '@/lib/core/loopback'
import { AppError } from '@/lib/errors'
import { log } from '@/lib/log'
import type { BeforeWrite } from '../forge'
import { Refused, statusOf, toForgeError } from './errors'

export type GitHubAuth =
  | { readonly token: string }
  | { readonly appId: string; readonly privateKey: string; readonly installationId: string }

export interface GitHubOptions {
  readonly owner: string
  readonly repo: string
  readonly auth: GitHubAuth
  /** Of the REST API; https://api.github.com when not given. */
  readonly baseUrl?: string | undefined
  /**
   * How a branch gets there: 'git' pushes over https, which keeps every commit as it is; 'api' writes objects
   * through the Git Data API, for servers without git's transport.
   */
  readonly push?: 'git' | 'api'
  /** Calls are spaced as GitHub asks (a write a second); false for a server of one's own. */
  readonly paced?: boolean
  /** Milliseconds of the first wait after a 5xx; the next are 4 and 9 times as long. */
  readonly retryBaseMs?: number
  readonly beforeWrite?: BeforeWrite | undefined
}

/** A client of one repository, shared by the verbs of the adapter. */
export interface GitHubClient {
  readonly owner: string
  readonly repo: string
  readonly baseUrl: string
  /** A token that git can use now; an installation's lives for an hour. */
  token(): Promise<string>
  /** For calls that do not go through `ask`: those that do are held by it already. */
  readonly beforeWrite: BeforeWrite
  /** Runs a call and turns what it throws into an AppError. */
  ask<T>(doing: string, call: (octokit: Octokit) => Promise<T>): Promise<T>
  /** As `ask`, but null when the answer is 404. */
  maybe<T>(doing: string, call: (octokit: Octokit) => Promise<T>): Promise<T | null>
  /**
   * Finds a thing or makes it. A making call that fails on the way may have worked: it is looked for again before
   * it is made again, which octokit's own retries would not do.
   */
  findOrMake<T>(
    doing: string,
    find: (octokit: Octokit) => Promise<T | null>,
    make: (octokit: Octokit) => Promise<T>,
  ): Promise<T>
}

/** Request option of calls that make something: see `findOrMake`. */
export const once = { request: { retries: 0 } } as const
const tries = 3
const longestWaitSeconds = 60

/**
 * Sends a request, after `beforeWrite` for every one that is no mere look. This is the last thing that octokit does:
 * its own waits, for a turn or before another try, lie before it.
 */
function guardedFetch(beforeWrite: BeforeWrite): typeof fetch {
  return async (input, init) => {
    const method = init?.method?.toUpperCase() ?? 'GET'
    // An App's own token is nothing that anybody sees on the forge.
    const looks = method === 'GET' || method === 'HEAD' || String(input).endsWith('/access_tokens')
    if (!looks) {
      await beforeWrite().catch((error: unknown) => {
        throw new Refused(error)
      })
    }
    return whole(await fetch(input, init))
  }
}

/** Statuses whose answer has no body. */
const bodiless = [204, 205, 304]

/** octokit takes a body that broke off for an empty one: what did not arrive whole is thrown as a failed connection. */
async function whole(answer: Response): Promise<Response> {
  const bytes = await answer.arrayBuffer()
  const { status, statusText, headers, url } = answer
  const body = bodiless.includes(status) ? null : bytes
  return Object.defineProperty(new Response(body, { status, statusText, headers }), 'url', { value: url })
}

const unguarded: BeforeWrite = async () => {}

function octokitOptions(options: GitHubOptions, baseUrl: string) {
  const limited = (seconds: number, _: unknown, __: unknown, count: number) =>
    count < 2 && seconds <= longestWaitSeconds
  return {
    baseUrl,
    userAgent: 'devpilot',
    request: { fetch: guardedFetch(options.beforeWrite ?? unguarded) },
    throttle: { enabled: options.paced ?? true, onRateLimit: limited, onSecondaryRateLimit: limited },
    retry: {
      retryAfterBaseValue: options.retryBaseMs ?? 1000,
      doNotRetry: [400, 401, 403, 404, 405, 409, 410, 422, 429, 451],
    },
    log: {
      debug: () => undefined,
      info: () => undefined,
      warn: (message: string) => log('warn', message, { forge: 'github' }),
      error: (message: string) => log('debug', message, { forge: 'github' }),
    },
  }
}

async function connect(options: GitHubOptions, baseUrl: string): Promise<Octokit> {
  const common = octokitOptions(options, baseUrl)
  if ('token' in options.auth) return new Octokit({ ...common, auth: options.auth.token })
  const { appId, installationId } = options.auth
  // Environment files hold the key on one line.
  const privateKey = options.auth.privateKey.replaceAll('\\n', '\n')
  const app = new App({ appId, privateKey, Octokit: Octokit.defaults(common) })
  return app.getInstallationOctokit(Number(installationId))
}

function tokenIn(answer: unknown): string {
  if (
    typeof answer === 'object' &&
    answer !== null &&
    'token' in answer &&
    typeof answer.token === 'string'
  ) {
    return answer.token
  }
  throw new AppError('forge_error', 'GitHub gave no token for git.', {
    mend: 'Set GITHUB_TOKEN, or all three GITHUB_APP_* variables.',
  })
}

/** A token goes over plain http to this machine alone. @throws AppError('bad_config') */
function assertSafe(baseUrl: string): void {
  const url = URL.canParse(baseUrl) ? new URL(baseUrl) : null
  if (url?.protocol === 'https:' || (url?.protocol === 'http:' && isLoopback(url.hostname))) return
  throw new AppError('bad_config', `${baseUrl} is not a https address.`, {
    place: 'GITHUB_API_URL',
    mend: 'Give the address of the REST API, as in https://github.example.com/api/v3.',
  })
}

/** @param options the repository and how to sign in. The connection is made at the first call. */
export function createClient(options: GitHubOptions): GitHubClient {
  const { owner, repo } = options
  const baseUrl = (options.baseUrl ?? 'https://api.github.com').replace(/\/+$/, '')
  assertSafe(baseUrl)
  let connection: Promise<Octokit> | undefined
  const octokit = () => {
    connection ??= connect(options, baseUrl)
    return connection
  }
  const wait = (attempt: number) =>
    new Promise((resolve) => setTimeout(resolve, (options.retryBaseMs ?? 1000) * attempt ** 2))

  async function ask<T>(doing: string, call: (kit: Octokit) => Promise<T>): Promise<T> {
    try {
      return await call(await octokit())
    } catch (error) {
      throw toForgeError(error, { owner, repo, doing })
    }
  }

  return {
    owner,
    repo,
    baseUrl,
    beforeWrite: options.beforeWrite ?? unguarded,
    ask,
    token: () =>
      ask('Getting a token', async (kit) =>
        tokenIn(await kit.auth('token' in options.auth ? undefined : { type: 'installation' })),
      ),
    maybe: (doing, call) =>
      ask(doing, async (kit) => {
        try {
          return await call(kit)
        } catch (error) {
          if (statusOf(error) === 404) return null
          throw error
        }
      }),
    async findOrMake(doing, find, make) {
      for (let attempt = 1; ; attempt++) {
        const found = await ask(doing, find)
        if (found !== null) return found
        try {
          return await ask(doing, make)
        } catch (error) {
          const again = error instanceof AppError && error.transient && error.retryAfterMs === undefined
          if (!again || attempt === tries) throw error
          await wait(attempt)
        }
      }
    },
  }
}
