import { createRequire } from 'node:module'
import { connect } from 'node:net'
import { dirname, join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { WebSocketServer } from 'ws'

/**
 * What hosted Postgres has before it: a WebSocket whose bytes go to the server that `?address=` names. The driver of
 * this process is told to use it; it is its own copy of the package, the one that @vercel/postgres loads.
 */
export async function postgresProxy(): Promise<{ readonly stop: () => Promise<void> }> {
  const server = new WebSocketServer({ host: '127.0.0.1', port: 0 })
  await new Promise((resolve) => server.once('listening', resolve))
  server.on('connection', (client, request) => {
    const address = new URL(request.url ?? '/', 'http://x').searchParams.get('address') ?? ''
    const [host = '', port = ''] = address.split(':')
    const socket = connect(Number(port), host)
    client.on('message', (data: Buffer) => socket.write(data))
    client.on('close', () => socket.destroy())
    socket.on('data', (data) => client.send(data))
    socket.on('close', () => client.close())
    // The client sees its connection closed, as it does when the real one loses its server.
    socket.on('error', () => client.close())
  })
  const at = server.address()
  if (typeof at !== 'object' || at === null) throw new Error('the proxy has no port')
  const { neonConfig } = await loadNeon()
  Object.assign(neonConfig, {
    wsProxy: (host: string, port: number) => `127.0.0.1:${at.port}/v1?address=${host}:${port}`,
    useSecureWebSocket: false,
    pipelineTLS: false,
    pipelineConnect: false,
  })
  return {
    stop: async () => {
      for (const client of server.clients) client.terminate()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

async function loadNeon(): Promise<{ neonConfig: object }> {
  const require = createRequire(import.meta.url)
  const inner = createRequire(require.resolve('@vercel/postgres'))
  const folder = dirname(inner.resolve('@neondatabase/serverless'))
  return import(pathToFileURL(join(folder, 'index.mjs')).href)
}
