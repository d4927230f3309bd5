import { existsSync, readdirSync } from 'node:fs'
import { createServer, type IncomingMessage, type Server } from 'node:http'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import type { ReadableStream } from 'node:stream/web'
import type { RouteHandler } from '@/lib/edge/route'
import { packageRoot } from '@/lib/root'

type Routes = Readonly<Record<string, RouteHandler | undefined>>

/** The real route handlers behind a real HTTP server, without a build. The process's runtime must be set before. */
export async function routeServer(): Promise<{ url: string; stop: () => Promise<void> }> {
  const server = createServer((incoming, outgoing) => {
    answer(incoming)
      .then((response) => {
        outgoing.writeHead(response.status, Object.fromEntries(response.headers))
        if (!response.body) return outgoing.end()
        const body = Readable.fromWeb(response.body as ReadableStream)
        outgoing.on('close', () => body.destroy())
        body.on('error', () => outgoing.destroy())
        return body.pipe(outgoing)
      })
      .catch((error: unknown) => outgoing.writeHead(500).end(String(error)))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  if (typeof address !== 'object' || address === null) throw new Error('The server has no port.')
  return { url: `http://127.0.0.1:${address.port}`, stop: () => stop(server) }
}

function stop(server: Server): Promise<void> {
  server.closeAllConnections()
  return new Promise((resolve) => server.close(() => resolve()))
}

async function answer(incoming: IncomingMessage): Promise<Response> {
  const url = new URL(incoming.url ?? '/', `http://${incoming.headers.host}`)
  const found = find(join(packageRoot(), 'app'), url.pathname.split('/').filter(Boolean), {})
  if (!found) return new Response('no such route', { status: 404 })
  const module: Routes = await import(found.file)
  const parts: Buffer[] = []
  for await (const part of incoming) parts.push(Buffer.from(part))
  const method = incoming.method ?? 'GET'
  const handler = module[method]
  if (!handler) return new Response('no such method', { status: 405 })
  const headers = Object.entries(incoming.headers).flatMap(([name, value]): [string, string][] =>
    value === undefined ? [] : [[name, String(value)]],
  )
  const body = method === 'GET' ? {} : { body: Buffer.concat(parts) }
  return handler(new Request(url, { method, headers, ...body }), { params: Promise.resolve(found.params) })
}

/** A path's route file, as Next finds it: a folder of that name, else one of brackets. */
function find(
  folder: string,
  path: readonly string[],
  params: Readonly<Record<string, string>>,
): { file: string; params: Readonly<Record<string, string>> } | null {
  const [head, ...rest] = path
  if (head === undefined) {
    const file = join(folder, 'route.ts')
    return existsSync(file) ? { file, params } : null
  }
  if (existsSync(join(folder, head))) return find(join(folder, head), rest, params)
  const open = readdirSync(folder).find((name) => /^\[\w+\]$/.test(name))
  return open ? find(join(folder, open), rest, { ...params, [open.slice(1, -1)]: head }) : null
}
