import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createEmulator } from 'emulate'

/** What the gateway does with a call: answer 500 instead of it, or after it was carried out. */
export type Fault = 'before' | 'after' | null

export interface GitHubEmulator {
  readonly url: string
  readonly token: string
  /** A token of somebody who may not write here. */
  readonly stranger: string
  /** Every write that came through, as `POST /path`. */
  readonly writes: string[]
  fault: (method: string, path: string) => Fault
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

/** A port that was free a moment ago. */
async function freePort(): Promise<number> {
  const probe = createServer()
  await new Promise<void>((resolve) => probe.listen(0, '127.0.0.1', resolve))
  const { port } = addressOf(probe)
  await new Promise((resolve) => probe.close(resolve))
  return port
}

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
  const state: Pick<GitHubEmulator, 'fault' | 'graphql' | 'refuse'> = {
    fault: () => null,
    refuse: () => false,
    graphql: null,
  }
  const known = new Set([token, stranger])
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
    const fault = state.fault(method, path)
    const headers = Object.fromEntries(
      ['authorization', 'content-type', 'accept'].flatMap((name) => {
        const value = request.headers[name]
        return typeof value === 'string' ? [[name, value]] : []
      }),
    )
    const withBody = method === 'GET' || method === 'HEAD' ? {} : { body: new Uint8Array(body) }
    const answer =
      fault === 'before' ? null : await fetch(`${emulator.url}${path}`, { method, headers, ...withBody })
    if (method !== 'GET' && answer?.ok) writes.push(`${method} ${path}`)
    if (fault !== null || answer === null) {
      response.writeHead(500, { 'content-type': 'application/json' }).end('{"message":"out of order"}')
      return
    }
    const type = answer.headers.get('content-type') ?? 'application/json'
    response.writeHead(answer.status, { 'content-type': type }).end(Buffer.from(await answer.arrayBuffer()))
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
