import { connect as connectTcp, type Socket } from 'node:net'
import { connect as connectTls } from 'node:tls'
import { AppError } from '@/lib/core/app-error'
import type { TemporalSettings } from './connection'

const TIMEOUT_MS = 4_000

/** HTTP/2's greeting and an empty SETTINGS frame: RFC 9113, sections 3.4 and 6.5. */
const GREETING = Buffer.concat([
  Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'),
  Buffer.from([0, 0, 0, 4, 0, 0, 0, 0, 0]),
])

/**
 * Speaks to the address as gRPC would begin to, because gRPC itself says only that it could not connect in time: a
 * port where nobody listens, an expired certificate and a refused one each have a mend of their own.
 * @throws AppError('unavailable' | 'bad_config')
 */
export async function probe(settings: TemporalSettings): Promise<void> {
  const socket = open(settings)
  try {
    await answered(socket, settings.tls !== null)
  } catch (error) {
    throw explain(settings, error)
  } finally {
    socket.destroy()
  }
}

function open({ address, tls }: TemporalSettings): Socket {
  const at = address.lastIndexOf(':')
  const host = address.slice(0, at).replace(/^\[|\]$/g, '')
  const port = Number(address.slice(at + 1))
  if (!tls) return connectTcp({ host, port })
  return connectTls({
    host,
    port,
    ...tls,
    servername: /^[\d.:]+$/.test(host) ? '' : host,
    ALPNProtocols: ['h2'],
  })
}

/** The first bytes of an answer. A server that refuses our certificate says so only then (TLS 1.3), if at all. */
function answered(socket: Socket, secure: boolean): Promise<void> {
  return new Promise((resolve, reject) => {
    let greeted = false
    const closed = () => reject(coded(secure && greeted ? 'EREFUSED' : 'ECLOSED', 'it closed the connection'))
    socket.setTimeout(TIMEOUT_MS, () => reject(coded('ETIMEDOUT', 'no answer')))
    socket.once('error', (error: NodeJS.ErrnoException) =>
      error.code === 'ECONNRESET' || error.code === 'EPIPE' ? closed() : reject(error),
    )
    socket.once('close', closed)
    socket.once(secure ? 'secureConnect' : 'connect', () => {
      greeted = true
      socket.write(GREETING)
    })
    socket.once('data', (data: Buffer) => {
      // A frame's type is its fourth byte; the first that a server sends is SETTINGS (4).
      if (data[3] === 4) resolve()
      else reject(coded('EPROTO', 'what answers does not speak gRPC'))
    })
  })
}

function coded(code: string, message: string): Error {
  return Object.assign(new Error(message), { code })
}

function explain({ address, tls }: TemporalSettings, error: unknown): AppError {
  const code = typeof error === 'object' && error !== null && 'code' in error ? String(error.code) : ''
  const what = error instanceof Error ? error.message : String(error)
  const bad = (place: string, sentence: string, mend: string) =>
    new AppError('bad_config', sentence, { place, mend, cause: error })
  if (code === 'CERT_HAS_EXPIRED') {
    return bad(
      'TEMPORAL_ADDRESS',
      `The certificate of ${address} has expired.`,
      'Have the server’s certificate renewed.',
    )
  }
  if (code === 'ERR_TLS_CERT_ALTNAME_INVALID') {
    return bad(
      'TEMPORAL_ADDRESS',
      `The certificate of ${address} is for another name.`,
      'Use the name that the certificate is for in TEMPORAL_ADDRESS.',
    )
  }
  if (/SELF_SIGNED|UNABLE_TO|CERT_|UNKNOWN_CA|UNTRUSTED/.test(code) && !/ALERT/.test(code)) {
    return bad(
      'TEMPORAL_TLS_CA',
      `The certificate of ${address} is not of an authority that is known here (${code}).`,
      'Give the authority’s certificate in TEMPORAL_TLS_CA.',
    )
  }
  if (/ALERT/.test(code) || code === 'EREFUSED') {
    return bad(
      'TEMPORAL_TLS_CERT',
      `${address} refused our certificate (${what}).`,
      tls?.cert
        ? 'Use one that the server’s authority signed and that has not expired.'
        : 'Set TEMPORAL_TLS_CERT and TEMPORAL_TLS_KEY.',
    )
  }
  if (code === 'EPROTO' || code === 'ECLOSED' || code.startsWith('ERR_SSL')) {
    const hint = tls
      ? 'If the server speaks no TLS, unset TEMPORAL_TLS, TEMPORAL_TLS_* and TEMPORAL_API_KEY.'
      : 'If the server speaks TLS, set TEMPORAL_TLS=true (or TEMPORAL_TLS_CA).'
    return bad('TEMPORAL_ADDRESS', `What answers at ${address} does not speak gRPC this way (${what}).`, hint)
  }
  return new AppError(
    'unavailable',
    `Temporal at TEMPORAL_ADDRESS=${address} does not answer (${code || what}).`,
    {
      place: 'TEMPORAL_ADDRESS',
      mend: 'Start the server, or correct the address: it is the gRPC port, 7233 unless it was changed.',
      transient: true,
      cause: error,
    },
  )
}
