import type { PGlite, Transaction } from '@electric-sql/pglite'
import pg from 'pg'
import type { DatabaseRole } from '@/drizzle/policies'
import { roleName } from './roles'

/** Who a statement or transaction is asked as. */
export interface Scope {
  readonly role: DatabaseRole
  /** Who policies mean by "own": the id of a user. */
  readonly user?: string
}

/** Role and user for the transaction that it stands in, and not a moment longer: a pooler may stand between. */
function settingsOf({ role, user = '' }: Scope): string {
  return `select set_config('role', '${roleName(role)}', true), set_config('devpilot.user', ${pg.escapeLiteral(user)}, true)`
}

type Query = (...statement: unknown[]) => Promise<unknown>

interface Connection {
  query: Query
  release(error?: unknown): void
}

/** What is used of a pool of either driver. */
export interface Pool {
  connect(): Promise<Connection>
  query: Query
}

/**
 * The same connections, of which every statement and transaction is asked as somebody: their settings go with BEGIN,
 * in the same round trip.
 */
export function scopedPool<P extends object>(pool: P, scope: Scope): P {
  const inner = pool as unknown as Pool
  const settings = settingsOf(scope)
  const connect = async (): Promise<Connection> => {
    const connection = await inner.connect()
    const query = connection.query
    // The first statement of a transaction is its BEGIN, see `givenBack` in pool.ts.
    connection.query = (begin, ...rest) => {
      connection.query = query
      return query.call(connection, withSettings(begin, settings), ...rest)
    }
    return connection
  }
  const query: Query = async (...statement) => {
    const connection = await connect()
    // Given back by `givenBack` where this fails.
    await connection.query({ text: 'begin' })
    try {
      const answer = await connection.query(...statement)
      await connection.query('commit')
      connection.release()
      return answer
    } catch (error) {
      await rollBack(connection)
      throw error
    }
  }
  // Drizzle tells a pool from a connection by its class.
  return Object.assign(Object.create(pool), { connect, query })
}

/** A connection that cannot even roll back is not used again. */
async function rollBack(connection: Connection): Promise<void> {
  try {
    await connection.query('rollback')
    connection.release()
  } catch (error) {
    connection.release(error)
  }
}

function withSettings(statement: unknown, settings: string): unknown {
  const text = typeof statement === 'string' ? statement : textOf(statement)
  return { text: `${text}; ${settings}` }
}

function textOf(statement: unknown): string {
  if (typeof statement === 'object' && statement !== null && 'text' in statement)
    return String(statement.text)
  throw new Error('a statement without a text')
}

/** As `scopedPool`, of the embedded database: it has one connection, so every statement is a transaction. */
export function scopedEmbedded(client: PGlite, scope: Scope): PGlite {
  // Commands and no query: a transaction may still be told its isolation after them.
  const settings = `set local role ${roleName(scope.role)}; set local devpilot."user" = ${pg.escapeLiteral(scope.user ?? '')}`
  const inScope = <T>(work: (tx: Transaction) => Promise<T>): Promise<T> =>
    client.transaction(async (tx) => {
      await tx.exec(settings)
      return work(tx)
    })
  const query = (...statement: Parameters<Transaction['query']>) => inScope((tx) => tx.query(...statement))
  // All that Drizzle uses of it.
  const used: Pick<PGlite, 'query' | 'transaction'> = { query, transaction: inScope } as PGlite
  return used as PGlite
}
