import type { EventEmitter } from 'node:events'
import pg from 'pg'
import { databaseUnavailable } from '@/lib/errors'
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

interface Connection {
  query(...statement: unknown[]): unknown
  release(error: unknown): void
}

/**
 * Drizzle gives a transaction's connection back whatever becomes of it, but for its first statement: one whose
 * `begin` fails would be lost, and after ten of them the process would wait for a free one for ever.
 */
function givenBack(connection: Connection): Connection {
  const { query } = connection
  connection.query = (...statement) => {
    Reflect.deleteProperty(connection, 'query')
    const answer = query.apply(connection, statement)
    Promise.resolve(answer).catch((error: unknown) => connection.release(error))
    return answer
  }
  return connection
}

/** A call of one of our functions, which is the same text each time. */
const ourCall = /^select (devpilot_\w+)\(/
/** A pooler between us gave the statement to another session than the one that knows it; it was not run. */
const notPlanned = ['26000', '42P05']

/**
 * Has a connection plan each call of our functions once: a step is one of them. Where the sessions behind a connection
 * change, they are planned each time after all.
 */
function planOnce(pool: pg.Pool): void {
  const query: (...given: unknown[]) => unknown = pool.query
  let once = true
  const planned = (...given: unknown[]): unknown => {
    const [statement, ...rest] = given
    const text = statementText(statement)
    const [, name] = ourCall.exec(text) ?? []
    if (!once || name === undefined) return Reflect.apply(query, pool, given)
    const named = Object.assign({}, statement, { name })
    return Promise.resolve(Reflect.apply(query, pool, [named, ...rest])).catch((error: { code?: string }) => {
      if (!notPlanned.includes(error.code ?? '')) throw error
      once = false
      return Reflect.apply(query, pool, given)
    })
  }
  Object.assign(pool, { query: planned })
}

function statementText(statement: unknown): string {
  return typeof statement === 'object' && statement && 'text' in statement ? String(statement.text) : ''
}

/**
 * Lets a process outlive its database: a connection that is lost ends the query that uses it, and nothing else; and
 * every connection is given back.
 * @param pool of either driver
 */
export function survive(pool: EventEmitter & { connect(): Promise<unknown> }): void {
  const lost = (error: Error) =>
    log('warn', 'a database connection was lost', { error: String(error.message) })
  pool.on('error', lost)
  // Between two queries of a transaction nobody else listens, and an error without a listener ends the process.
  pool.on('connect', (client: EventEmitter) => {
    client.on('error', lost)
  })
  const { connect } = pool
  // With a callback it is the pool's own query(), which gives back by itself.
  const watched = (...given: unknown[]): unknown => {
    const connected: unknown = Reflect.apply(connect, pool, given)
    if (given.length > 0) return connected
    // Drizzle says of a failed query that it was one, and nothing of a connection that could not be made.
    return Promise.resolve(connected as Promise<Connection>).then(givenBack, (error: unknown) => {
      throw databaseUnavailable(error)
    })
  }
  Object.assign(pool, { connect: watched })
  if (pool instanceof pg.Pool) planOnce(pool)
}
