import pg from 'pg'
import { databaseUnavailable } from '@/lib/errors'
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
  let timer: NodeJS.Timeout | undefined
  /** One lost connection says so more than once; another is made for it once. */
  const again = (lost: pg.Client, afterMs: number): void => {
    if (client !== lost || closed) return
    client = undefined
    lost.removeAllListeners()
    lost.on('error', () => undefined)
    lost.end().catch(() => undefined)
    timer = setTimeout(() => void connect(), afterMs)
    timer.unref()
  }
  const open = async (made: pg.Client): Promise<void> => {
    client = made
    made.on('notification', (message) => onPayload(message.payload ?? ''))
    made.on('error', () => again(made, 1_000))
    await made.connect()
    await made.query(`listen ${pg.escapeIdentifier(channel)}`)
    // What was told while nobody listened.
    onPayload('')
  }
  const connect = async (): Promise<void> => {
    const made = new pg.Client({ connectionString: url })
    await open(made).catch((error: unknown) => {
      log('warn', 'listening again in 5 s', { error: String(error) })
      again(made, 5_000)
    })
  }
  await open(new pg.Client({ connectionString: url })).catch((error: unknown) => {
    throw databaseUnavailable(error, 'The database cannot be listened to.')
  })
  return async () => {
    closed = true
    clearTimeout(timer)
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
