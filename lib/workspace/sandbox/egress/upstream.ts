import { connect, isIP, type Socket } from 'node:net'
import { connect as connectTls } from 'node:tls'
import { hostVariables } from '@/lib/env'

/** Proxies that the host itself needs to get out, from its own environment. */
export interface HostProxy {
  readonly http: URL | null
  readonly https: URL | null
  readonly except: readonly string[]
}

/** Reads HTTP_PROXY, HTTPS_PROXY, ALL_PROXY and NO_PROXY, in either case, as curl does. */
export function hostProxy(
  source: Readonly<Record<string, string>> = hostVariables([
    'HTTP_PROXY',
    'http_proxy',
    'HTTPS_PROXY',
    'https_proxy',
    'ALL_PROXY',
    'all_proxy',
    'NO_PROXY',
    'no_proxy',
  ]),
): HostProxy {
  const pick = (name: string): string | undefined => source[name.toLowerCase()] ?? source[name]
  const all = pick('ALL_PROXY')
  return {
    http: proxyUrl(pick('HTTP_PROXY') ?? all),
    https: proxyUrl(pick('HTTPS_PROXY') ?? all),
    except: (pick('NO_PROXY') ?? '').split(/[\s,]+/).filter((entry) => entry !== ''),
  }
}

function proxyUrl(text: string | undefined): URL | null {
  if (text === undefined) return null
  const url = URL.parse(text.includes('://') ? text : `http://${text}`)
  return url && (url.protocol === 'http:' || url.protocol === 'https:') ? url : null
}

/** The proxy for a target, null when it is reached directly. */
export function proxyFor(proxy: HostProxy, host: string, port: number): URL | null {
  const exempt = proxy.except.some((entry) => {
    const name = entry.replace(/:\d+$/, '').replace(/^\*?\./, '')
    return entry === '*' || host === name || (isIP(host) === 0 && host.endsWith(`.${name}`))
  })
  if (exempt) return null
  return port === 80 ? proxy.http : (proxy.https ?? proxy.http)
}

/** A tunnel to host and port through the host's proxy. Rejects when the proxy refuses. */
export function tunnel(via: URL, host: string, port: number): Promise<Socket> {
  const target = `${isIP(host) === 6 ? `[${host}]` : host}:${port}`
  const at = { host: via.hostname, port: Number(via.port || (via.protocol === 'https:' ? 443 : 80)) }
  const socket = via.protocol === 'https:' ? connectTls({ ...at, servername: via.hostname }) : connect(at)
  const user = `${decodeURIComponent(via.username)}:${decodeURIComponent(via.password)}`
  const login =
    via.username === '' ? '' : `Proxy-Authorization: Basic ${Buffer.from(user).toString('base64')}\r\n`
  return new Promise((resolve, reject) => {
    let seen = Buffer.alloc(0)
    const read = (chunk: Buffer): void => {
      seen = Buffer.concat([seen, chunk])
      const end = seen.indexOf('\r\n\r\n')
      if (end < 0 && seen.length < 16_384) return
      socket.off('data', read)
      socket.pause()
      const status = Number(/^HTTP\/1\.[01] (\d{3})/.exec(seen.toString('latin1'))?.[1] ?? 0)
      if (end < 0 || status !== 200) {
        socket.destroy()
        reject(new Error(`the host's proxy answered ${status}`))
        return
      }
      if (seen.length > end + 4) socket.unshift(seen.subarray(end + 4))
      resolve(socket)
    }
    socket.on('error', reject)
    socket.on('data', read)
    socket.write(`CONNECT ${target} HTTP/1.1\r\nHost: ${target}\r\n${login}\r\n`)
  })
}
