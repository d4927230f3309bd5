import { createPrivateKey, X509Certificate } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { Connection } from '@temporalio/client'
import { AppError } from '@/lib/core/app-error'
import { probe } from './probe'

/** How Temporal is reached, as the environment says it. */
export interface TemporalSettings {
  /** `host:port`. */
  readonly address: string
  readonly namespace: string
  readonly taskQueue: string
  readonly tls: Tls | null
  readonly apiKey: string | undefined
}

export interface Tls {
  readonly cert?: Buffer
  readonly key?: Buffer
  readonly ca?: Buffer
}

/** The variables that say how Temporal is reached. */
export interface TemporalEnv {
  readonly TEMPORAL_ADDRESS?: string | undefined
  readonly TEMPORAL_NAMESPACE: string
  readonly TEMPORAL_TASK_QUEUE: string
  readonly TEMPORAL_TLS: boolean
  readonly TEMPORAL_TLS_CERT?: string | undefined
  readonly TEMPORAL_TLS_KEY?: string | undefined
  readonly TEMPORAL_TLS_CA?: string | undefined
  readonly TEMPORAL_API_KEY?: string | undefined
}

/**
 * Reads certificates and fills in the port.
 * @throws AppError('bad_config') that names the variable
 */
export function temporalSettings(env: TemporalEnv): TemporalSettings {
  const { TEMPORAL_ADDRESS: given, TEMPORAL_API_KEY: apiKey } = env
  if (given === undefined) {
    throw wrong('TEMPORAL_ADDRESS', 'is not set, and DEVPILOT_ENGINE is temporal.', 'Set it to host:port.')
  }
  const host = /^(?:\[[0-9a-fA-F:]+\]|[^\s:/@]+)(?::(\d{1,5}))?$/.exec(given)
  if (!host)
    throw wrong('TEMPORAL_ADDRESS', `is ${given}, which is no host:port.`, 'Leave out https:// and paths.')
  return {
    address: host[1] === undefined ? `${given}:7233` : given,
    namespace: env.TEMPORAL_NAMESPACE,
    taskQueue: env.TEMPORAL_TASK_QUEUE,
    tls: tlsOf(env),
    apiKey,
  }
}

function tlsOf(env: TemporalEnv): Tls | null {
  const cert = pem('TEMPORAL_TLS_CERT', env.TEMPORAL_TLS_CERT)
  const key = pem('TEMPORAL_TLS_KEY', env.TEMPORAL_TLS_KEY)
  const ca = pem('TEMPORAL_TLS_CA', env.TEMPORAL_TLS_CA)
  if (cert && !key)
    throw wrong('TEMPORAL_TLS_KEY', 'is not set, and TEMPORAL_TLS_CERT is.', 'Set both or none.')
  if (key && !cert)
    throw wrong('TEMPORAL_TLS_CERT', 'is not set, and TEMPORAL_TLS_KEY is.', 'Set both or none.')
  if (cert && key) assertPair(cert, key)
  if (!env.TEMPORAL_TLS && !cert && !ca && env.TEMPORAL_API_KEY === undefined) return null
  return { ...(cert ? { cert } : {}), ...(key ? { key } : {}), ...(ca ? { ca } : {}) }
}

function pem(name: string, value: string | undefined): Buffer | null {
  if (value === undefined) return null
  if (value.includes('-----BEGIN ')) return Buffer.from(value.replaceAll('\\n', '\n'))
  if (!existsSync(value))
    throw wrong(name, `names the file ${value}, which is not there.`, 'Give a path, or PEM.')
  const content = readFileSync(value)
  if (content.includes('-----BEGIN ')) return content
  throw wrong(name, `names the file ${value}, which holds no PEM.`, 'Convert it: openssl x509 -inform der.')
}

/** Its end is judged by this machine's clock, as the other side will judge it by its own. */
function assertPair(cert: Buffer, key: Buffer): void {
  const certificate = parsed('TEMPORAL_TLS_CERT', 'certificate', () => new X509Certificate(cert))
  const privateKey = parsed('TEMPORAL_TLS_KEY', 'private key', () => createPrivateKey(key))
  if (!certificate.checkPrivateKey(privateKey)) {
    throw wrong('TEMPORAL_TLS_KEY', 'is not the key of TEMPORAL_TLS_CERT.', 'Give the pair.')
  }
  if (certificate.validToDate.getTime() > Date.now()) return
  const when = certificate.validTo
  throw wrong('TEMPORAL_TLS_CERT', `holds a certificate that expired on ${when}.`, 'Have it renewed.')
}

function parsed<T>(place: string, what: string, parse: () => T): T {
  try {
    return parse()
  } catch (error) {
    throw new AppError('bad_config', `${place} holds no ${what} that can be read.`, {
      place,
      mend: `Give the ${what} as PEM, without a passphrase.`,
      cause: error,
    })
  }
}

function wrong(place: string, what: string, mend: string): AppError {
  return new AppError('bad_config', `${place} ${what}`, { place, mend })
}

/** A connection for calls, made when it is first used; it finds a server that was away by itself. */
export function lazyConnection({ address, tls, apiKey }: TemporalSettings): Connection {
  return Connection.lazy({ address, tls: grpcTls(tls), ...(apiKey === undefined ? {} : { apiKey }) })
}

/** TLS as both of the SDK's connections take it. */
export function grpcTls(tls: Tls | null) {
  if (!tls) return false
  const { cert, key, ca } = tls
  return {
    ...(ca ? { serverRootCACertificate: ca } : {}),
    ...(cert && key ? { clientCertPair: { crt: cert, key } } : {}),
  }
}

const DEADLINE_MS = 5_000

/**
 * Whether Temporal can be worked with as it is set up here.
 * @throws AppError('bad_config' | 'unavailable') within about ten seconds, that names the variable and the mend
 */
export async function assertReachable(settings: TemporalSettings, connection: Connection): Promise<void> {
  await probe(settings)
  const { namespace } = settings
  try {
    await connection.withDeadline(Date.now() + DEADLINE_MS, () =>
      connection.workflowService.describeNamespace({ namespace }),
    )
  } catch (error) {
    throw refused(settings, error)
  }
}

/** Numbers of gRPC's statuses: https://grpc.io/docs/guides/status-codes/ */
const NOT_FOUND = 5
const PERMISSION_DENIED = 7
const UNAUTHENTICATED = 16

function refused({ address, namespace, apiKey }: TemporalSettings, error: unknown): AppError {
  const code = typeof error === 'object' && error !== null && 'code' in error ? error.code : undefined
  if (code === NOT_FOUND) {
    return wrong(
      'TEMPORAL_NAMESPACE',
      `is ${namespace}, which the Temporal server at ${address} does not have.`,
      `Correct it, or make it: temporal operator namespace create --namespace ${namespace}`,
    )
  }
  if (code === PERMISSION_DENIED || code === UNAUTHENTICATED) {
    const place = apiKey === undefined ? 'TEMPORAL_TLS_CERT' : 'TEMPORAL_API_KEY'
    return wrong(
      place,
      `is not accepted by ${address} for the namespace ${namespace}.`,
      'Use one that may use it.',
    )
  }
  const what = error instanceof Error ? error.message : String(error)
  return new AppError('unavailable', `Temporal at ${address} does not answer: ${what}`, {
    place: 'TEMPORAL_ADDRESS',
    mend: 'Is the server up, and is that its gRPC port?',
    transient: true,
  })
}
