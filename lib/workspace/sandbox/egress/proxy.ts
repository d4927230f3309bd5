import { lookup } from 'node:dns/promises'
import { chmodSync, chownSync, rmSync } from 'node:fs'
import { createServer, type IncomingMessage, request, type Server, type ServerResponse } from 'node:http'
import { connect, isIP, type Socket } from 'node:net'
import { join } from 'node:path'
import type { Duplex } from 'node:stream'
import { sandboxUser } from '../ownership'
import { temporaryFolder } from '../temporary'
import { type EgressRule, isInner, judge, parseRule } from './rules'
import { type HostProxy, hostProxy, proxyFor, tunnel } from './upstream'

export interface EgressProxy {
  /** Host path of the unix socket that the sandbox talks to. */
  readonly socket: string
  /** `host:port` of what was refused or could not be reached, with the reason, each once. */
  refusals(): readonly string[]
  close(): void
}

interface Target {
  readonly host: string
  readonly port: number
}

const CONNECT_MS = 20_000

/**
 * A proxy on the host, for one command, that lets through to the given hosts alone. Names are resolved here, once,
 * and the connection goes to the address that was checked, so that a name cannot change its mind in between.
 * @throws AppError('bad_config') for an entry that is not a host.
 */
export async function startEgress(
  hosts: readonly string[],
  upstream: HostProxy = hostProxy(),
  onRefused: (line: string) => void = () => undefined,
): Promise<EgressProxy> {
  const rules = hosts.map(parseRule)
  const folder = temporaryFolder('egress')
  const socket = join(folder, 'proxy.sock')
  const refused = new Set<string>()
  const open = new Set<Duplex>()
  const gate = async (target: Target): Promise<Socket | null> => {
    const result = await reach(rules, upstream, target)
    if (typeof result !== 'string') {
      open.add(result)
      result.on('close', () => open.delete(result))
      return result
    }
    const line = `${target.host}:${target.port} (${result})`
    if (!refused.has(line)) onRefused(line)
    if (refused.size < 50) refused.add(line)
    return null
  }
  const server = createServer((incoming, answer) => void plain(gate, incoming, answer))
  server.on('connect', (incoming, client, head) => void connectTo(gate, incoming, client, head))
  server.on('connection', (client) => {
    open.add(client)
    client.on('close', () => open.delete(client))
  })
  await listen(server, socket)
  const user = sandboxUser()
  chmodSync(socket, 0o600)
  chownSync(socket, user.uid, user.gid)
  // Rootless sandboxes open the socket by its path as that user.
  chownSync(folder, user.uid, user.gid)
  return {
    socket,
    refusals: () => [...refused],
    close: () => {
      server.close()
      for (const one of open) one.destroy()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

function listen(server: Server, path: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(path, resolve)
  })
}

/** A socket to the target, or the reason why not. */
async function reach(
  rules: readonly EgressRule[],
  upstream: HostProxy,
  target: Target,
): Promise<Socket | string> {
  const verdict = judge(rules, target.host, target.port)
  if (verdict === 'refused') return 'not in the allow-list'
  const via = proxyFor(upstream, target.host, target.port)
  try {
    if (via !== null) {
      if (verdict === 'allowed' && isIP(target.host) !== 0 && isInner(target.host)) return 'a private address'
      return await tunnel(via, target.host, target.port)
    }
    const addresses = await addressesOf(target.host)
    const fit = verdict === 'inner' ? addresses : addresses.filter(({ address }) => !isInner(address))
    const first = fit.find(({ family }) => family === 4) ?? fit[0]
    if (first === undefined) return 'it leads to a private address'
    return await dial(first.address, target.port)
  } catch (error) {
    return `not reachable: ${error instanceof Error ? error.message : String(error)}`
  }
}

const NAME_MS = 60_000
const names = new Map<string, { readonly until: number; readonly found: ReturnType<typeof lookupAll> }>()
const lookupAll = (host: string) => lookup(host, { all: true })

/**
 * Addresses of a name, kept for a minute: a package manager opens fifty connections at once, and as many lookups
 * would wait for each other in libuv's four threads (5 s measured for the slowest of 50).
 */
function addressesOf(host: string): ReturnType<typeof lookupAll> {
  const known = names.get(host)
  if (known && known.until > Date.now()) return known.found
  const found = lookupAll(host)
  names.set(host, { until: Date.now() + NAME_MS, found })
  found.catch(() => names.delete(host))
  return found
}

function dial(host: string, port: number): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host, port, timeout: CONNECT_MS })
    socket.once('connect', () => {
      socket.setTimeout(0)
      socket.off('error', reject)
      resolve(socket)
    })
    socket.once('timeout', () => socket.destroy(new Error('no answer in 20 s')))
    socket.once('error', reject)
  })
}

type Gate = (target: Target) => Promise<Socket | null>

async function connectTo(gate: Gate, incoming: IncomingMessage, client: Duplex, head: Buffer): Promise<void> {
  // A client that hangs up is no error of ours; its socket is closed with the pair below.
  client.on('error', () => client.destroy())
  const url = URL.parse(`http://${incoming.url ?? ''}`)
  const port = Number(/:(\d+)$/.exec(incoming.url ?? '')?.[1] ?? 443)
  const target = url && { host: bare(url.hostname), port }
  const socket = target && (await gate(target))
  if (!socket) {
    client.end(
      `HTTP/1.1 403 Forbidden\r\nContent-Type: text/plain\r\nConnection: close\r\n\r\n${message(target)}`,
    )
    return
  }
  socket.on('error', () => client.destroy())
  socket.on('close', () => client.destroy())
  client.on('close', () => socket.destroy())
  client.write('HTTP/1.1 200 Connection established\r\n\r\n')
  if (head.length > 0) socket.write(head)
  socket.pipe(client)
  client.pipe(socket)
}

async function plain(gate: Gate, incoming: IncomingMessage, answer: ServerResponse): Promise<void> {
  const url = URL.parse(incoming.url ?? '')
  const target = url?.protocol === 'http:' ? { host: bare(url.hostname), port: Number(url.port || 80) } : null
  const socket = target && (await gate(target))
  if (!url || !socket) {
    answer.writeHead(403, { 'content-type': 'text/plain' }).end(message(target))
    return
  }
  const { 'proxy-connection': _a, 'proxy-authorization': _b, connection: _c, ...headers } = incoming.headers
  const out = request({
    createConnection: () => socket,
    method: incoming.method ?? 'GET',
    path: `${url.pathname}${url.search}`,
    headers: { ...headers, host: url.host, connection: 'close' },
  })
  out.on('response', (response) => {
    answer.writeHead(response.statusCode ?? 502, response.headers)
    response.pipe(answer)
  })
  out.on('error', () => answer.destroy())
  answer.on('close', () => socket.destroy())
  incoming.pipe(out)
}

function bare(hostname: string): string {
  return hostname.replace(/^\[|\]$/g, '')
}

function message(target: Target | null): string {
  const what = target ? `${target.host}:${target.port}` : 'this address'
  return `DevPilot's sandbox does not let commands reach ${what}. Add the host to sandbox.egress in devpilot.yaml.\n`
}
