import pg from 'pg'
import { log } from '@/lib/log'

type Stop = () => Promise<void>

/** One connection that listens, made again when it is lost. */
export async function listenOn(
  url: string,
  channel: string,
  onPayload: (payload: string) => void,
): Promise<Stop> {
  let closed = false
  let client: pg.Client | undefined
  const connect = async (): Promise<void> => {
    if (closed) return
    client = new pg.Client({ connectionString: url })
    client.on('notification', (message) => onPayload(message.payload ?? ''))
    client.on('error', () => setTimeout(() => connect().catch(retry), 1_000).unref())
    await client.connect()
    await client.query(`listen ${pg.escapeIdentifier(channel)}`)
  }
  const retry = (error: unknown): void => {
    log('warn', 'listening again in 5 s', { error: String(error) })
    setTimeout(() => connect().catch(retry), 5_000).unref()
  }
  await connect()
  return async () => {
    closed = true
    await client?.end()
  }
}

const LOOK_MS = 1_000

/**
 * For where no connection can be held (serverless, or through a pooler that gives another server at each
 * transaction): something may have happened every second.
 */
export async function lookEverySecond(onPayload: (payload: string) => void): Promise<Stop> {
  const timer = setInterval(() => onPayload(''), LOOK_MS)
  timer.unref()
  return async () => clearInterval(timer)
}
