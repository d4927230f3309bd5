import { connect, type Socket } from 'node:net'
import { createServer } from 'node:tls'
import { type Authority, type Pair, read } from './certificates'

export interface Front {
  readonly port: number
  close(): Promise<void>
}

/**
 * TLS in front of a server that speaks none, as an ingress has it.
 * @param clients the authority that clients' certificates must be of; without it none is asked for
 */
export async function tlsFront(address: string, own: Pair, clients?: Authority): Promise<Front> {
  const [host, port] = address.split(':')
  const open = new Set<Socket>()
  const asked = clients ? { requestCert: true, rejectUnauthorized: true, ca: read(clients.cert) } : {}
  const server = createServer(
    { cert: read(own.cert), key: read(own.key), ALPNProtocols: ['h2'], ...asked },
    (secure) => {
      const plain = connect({ host: host ?? '', port: Number(port) })
      for (const [from, to] of [
        [secure, plain],
        [plain, secure],
      ] as const) {
        open.add(from)
        from.pipe(to)
        // The other side is told; who broke off knows.
        from.on('error', () => to.destroy())
        from.on('close', () => to.destroy())
      }
    },
  )
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const where = server.address()
  if (typeof where !== 'object' || where === null) throw new Error('the front has no port')
  return {
    port: where.port,
    close: () => {
      for (const socket of open) socket.destroy()
      return new Promise((resolve) => server.close(() => resolve()))
    },
  }
}
