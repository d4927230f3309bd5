import type { EventEmitter } from 'node:events'
import { log } from '@/lib/log'

/** Longer, and the caller learns nothing that it does not know. */
const CONNECT_MS = 10_000

/**
 * How many connections a process holds. A serverless one is one of many, each with a pool of its own, and is frozen
 * between requests: few, and none for long.
 */
export function poolOptions(serverless: boolean) {
  return {
    max: serverless ? 3 : 10,
    idleTimeoutMillis: serverless ? 5_000 : 10_000,
    connectionTimeoutMillis: CONNECT_MS,
    // A session keeps settings that were in force when it began: read-only, a failed-over server's name.
    maxLifetimeSeconds: serverless ? 60 : 600,
    allowExitOnIdle: serverless,
  }
}

/** A connection that is lost ends the query that uses it; between two queries of a transaction it would end the process. */
export function survive(pool: EventEmitter): void {
  const lost = (error: Error) =>
    log('warn', 'a database connection was lost', { error: String(error.message) })
  pool.on('error', lost)
  pool.on('connect', (client: EventEmitter) => {
    client.on('error', lost)
  })
}
