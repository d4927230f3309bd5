import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createEmulator } from 'emulate'
import { z } from 'zod'
import { freePort } from './port'

/** What the gateway does with a call: answer 500 instead of it, or after it was carried out. */
export type Fault = 'before' | 'after' | null

/** A call that would change something, as it reached the server. */
export interface Arrival {
  readonly method: string
  readonly path: string
  readonly body: string
}

/** What becomes of it: carried out and answered; lost on the way; carried out, and the answer lost. */
export type Fate = 'answered' | 'lost' | 'unanswered'

export interface GitHubEmulator {
  readonly url: string
  readonly token: string
  /** A token of somebody who may not write here. */
  readonly stranger: string
  /** Every write that came through, as `POST /path`. */
  readonly writes: string[]
  fault: (method: string, path: string) => Fault
  /** Asked when a change reaches the server, and told when it was answered; the server waits for it both times. */
  arrived: (call: Arrival) => Promise<Fate>
  answered: (call: Arrival) => Promise<void>
  /** Answers GraphQL, which the emulator has not. */
  /** Writes that are answered 422, as GitHub does where the emulator takes anything. */
  refuse: (path: string) => boolean
  graphql: ((body: string) => Promise<unknown>) | null
  close(): Promise<void>
}

export interface EmulatedApp {
  readonly appId: number
  readonly installationId: number
  readonly privateKey: string
}

function seedOf(app: EmulatedApp) {
  const permissions = { contents: 'write', pull_requests: 'write', issues: 'write', metadata: 'read' }
  const installations = [{ installation_id: app.installationId, account: 'acme' }]
  return {
    app_id: app.appId,
    slug: 'pilot',
    name: 'Pilot',
    private_key: app.privateKey,
    permissions,
    installations,
  }
}

async function bodyOf(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(Buffer.from(chunk))
  return Buffer.concat(chunks)
}

/**
 * Commit statuses, which the emulator has not, for commits that it has and people who may write, newest first.
 * @returns null for every other call
 */
function commitStatuses(): (
  call: Arrival,
  ask: (path: string) => Promise<Response>,
) => Promise<Response | null> {
  const kept = new Map<string, unknown[]>()
  const answer = (status: number, data: unknown) => Response.json(data, { status })
  return async ({ method, path, body }, ask) => {
    const [, repo, make, list] =
      /^(\/repos\/[^/]+\/[^/]+)\/(?:statuses\/([0-9a-f]{40})|commits\/([0-9a-f]{40})\/statuses(?:\?.*)?)$/.exec(
        path,
      ) ?? []
    const sha = make ?? list
    if (repo === undefined || sha === undefined) return null
    if (!(await ask(`${repo}/git/commits/${sha}`)).ok)
      return answer(422, { message: `No commit found for SHA: ${sha}` })
    const place = `${repo}/${sha}`
    const there = kept.get(place) ?? []
    if (method === 'GET') return answer(200, there)
    const { permissions } = z
      .object({ permissions: z.object({ push: z.boolean() }).optional() })
      .parse(await (await ask(repo)).json())
    if (!permissions?.push) return answer(403, { message: 'Resource not accessible' })
    const made = { id: there.length + 1, ...statusSchema.parse(JSON.parse(body)) }
    kept.set(place, [made, ...there])
    return answer(201, made)
  }
}

const statusSchema = z.object({
  state: z.enum(['error', 'failure', 'pending', 'success']),
  context: z.string(),
  description: z.string().max(140),
  target_url: z.url(),
})

function addressOf(server: ReturnType<typeof createServer>): AddressInfo {
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('the server has no port')
  return address
}

/** vercel-labs' GitHub emulator with an empty repository `acme/shop`, behind a gateway that can fail calls. */
export async function startGitHub(app?: EmulatedApp): Promise<GitHubEmulator> {
  const token = 'test-token-of-the-emulator'
  const stranger = 'test-token-of-a-stranger'
  const emulator = await createEmulator({
    service: 'github',
    port: await freePort(),
    seed: {
      tokens: { [token]: { login: 'acme', scopes: ['repo'] }, [stranger]: { login: 'ada', scopes: [] } },
      github: {
        users: [
          { login: 'acme', name: 'Acme' },
          { login: 'ada', name: 'Ada' },
        ],
        repos: [{ owner: 'acme', name: 'shop', auto_init: false }],
        apps: app ? [seedOf(app)] : [],
      },
    },
  })
  const state: Pick<GitHubEmulator, 'fault' | 'graphql' | 'refuse' | 'arrived' | 'answered'> = {
    fault: () => null,
    arrived: async () => 'answered',
    answered: async () => {},
    refuse: () => false,
    graphql: null,
  }
  const known = new Set([token, stranger])
  const statuses = commitStatuses()
  const writes: string[] = []
  const gateway = createServer(async (request, response) => {
    const method = request.method ?? 'GET'
    const path = request.url ?? '/'
    const body = await bodyOf(request)
    // The emulator takes a token that it does not know for its first user; GitHub answers 401.
    const given = (request.headers.authorization ?? '').replace(/^(?:token|bearer) /i, '')
    if (!known.has(given) && !/^(?:eyJ|ghs_)/.test(given)) {
      response.writeHead(401, { 'content-type': 'application/json' }).end('{"message":"Bad credentials"}')
      return
    }
    if (path === '/graphql' && state.graphql) {
      const answer = JSON.stringify(await state.graphql(body.toString('utf8')))
      response.writeHead(200, { 'content-type': 'application/json' }).end(answer)
      return
    }
    if (method !== 'GET' && state.refuse(path)) {
      response.writeHead(422, { 'content-type': 'application/json' }).end('{"message":"Validation Failed"}')
      return
    }
    const call = { method, path, body: body.toString('utf8') }
    const fate = method === 'GET' ? 'answered' : await state.arrived(call)
    if (fate === 'lost') {
      request.socket.destroy()
      return
    }
    const fault = state.fault(method, path)
    const headers = Object.fromEntries(
      ['authorization', 'content-type', 'accept'].flatMap((name) => {
        const value = request.headers[name]
        return typeof value === 'string' ? [[name, value]] : []
      }),
    )
    const withBody = method === 'GET' || method === 'HEAD' ? {} : { body: new Uint8Array(body) }
    const ask = (where: string, init: RequestInit = { headers }) => fetch(`${emulator.url}${where}`, init)
    const own = fault === 'before' ? null : await statuses(call, ask)
    const answer = fault === 'before' ? null : (own ?? (await ask(path, { method, headers, ...withBody })))
    if (method !== 'GET' && answer?.ok) writes.push(`${method} ${path}`)
    if (fault !== null || answer === null) {
      response.writeHead(500, { 'content-type': 'application/json' }).end('{"message":"out of order"}')
      return
    }
    if (fate === 'unanswered') {
      request.socket.destroy()
      return
    }
    const type = answer.headers.get('content-type') ?? 'application/json'
    const bytes = Buffer.from(await answer.arrayBuffer())
    response.writeHead(answer.status, { 'content-type': type })
    await new Promise<void>((resolve) => response.end(bytes, resolve))
    if (method !== 'GET') await state.answered(call)
  })
  await new Promise<void>((resolve) => gateway.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${addressOf(gateway).port}`,
    token,
    stranger,
    writes,
    get refuse() {
      return state.refuse
    },
    set refuse(next) {
      state.refuse = next
    },
    get arrived() {
      return state.arrived
    },
    set arrived(next) {
      state.arrived = next
    },
    get answered() {
      return state.answered
    },
    set answered(next) {
      state.answered = next
    },
    get graphql() {
      return state.graphql
    },
    set graphql(next) {
      state.graphql = next
    },
    get fault() {
      return state.fault
    },
    set fault(next) {
      state.fault = next
    },
    async close() {
      await new Promise((resolve) => gateway.close(resolve))
      await emulator.close()
    },
  }
}
