import { mkdtempSync, rmSync } from 'node:fs'
import { connect, createServer, type Server, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { openDatabase } from '@/lib/db/client'
import { startWorker } from '@/lib/engine/worker'
import { havePostgres, startPostgres, type TestServer } from '../support/postgres'
import { requires } from '../support/require'
import { goOn, runRow, scriptedEngine } from '../support/scripted-engine'
import { contextOf, someRun } from '../support/services'

const flow = ['prepare', 'coder'] as const

/** A message of the server: severity, code, text. */
function fatal(code: string): Buffer {
  const body = Buffer.from(`SFATAL\0VFATAL\0C${code}\0Mno\0\0`)
  const head = Buffer.alloc(5)
  head.write('E')
  head.writeInt32BE(body.length + 4, 1)
  return Buffer.concat([head, body])
}

describe.skipIf(!requires('postgres', havePostgres()))('a database behind what knows no roles', () => {
  let server: TestServer
  let between: Server
  let home: string
  let away: boolean
  let asApp: (socket: Socket) => void
  const sockets = new Set<Socket>()
  beforeAll(async () => {
    server = await startPostgres()
  })
  beforeEach(() => {
    home = mkdtempSync(join(tmpdir(), 'devpilot-pooled-'))
    away = false
  })
  afterEach(async () => {
    for (const socket of sockets) socket.destroy()
    await new Promise((resolve) => between.close(resolve))
    rmSync(home, { recursive: true, force: true })
  })
  afterAll(() => server.stop())

  /** The server's address with somebody in between, who may be away, and answers itself who would begin as the app. */
  const through = async (url: string): Promise<string> => {
    const { port, hostname } = new URL(url)
    between = createServer((socket) => {
      sockets.add(socket)
      socket.on('error', () => undefined).once('close', () => sockets.delete(socket))
      if (away) return void socket.destroy()
      socket.once('data', (first: Buffer) => {
        if (first.includes('role=devpilot_app')) return asApp(socket)
        const inner = connect(Number(port), hostname, () => inner.write(first))
        inner.on('error', () => socket.destroy()).once('close', () => socket.destroy())
        socket.once('close', () => inner.destroy())
        socket.pipe(inner).pipe(socket)
      })
    })
    await new Promise<void>((resolve) => between.listen(0, '127.0.0.1', resolve))
    const address = between.address()
    const ours = typeof address === 'object' ? address?.port : 0
    return Object.assign(new URL(url), { hostname: '127.0.0.1', port: String(ours) }).href
  }

  test.each([
    ['a pooler that refuses the option', (socket: Socket) => socket.end(fatal('08P01'))],
    ['a restart at the very start of a worker', (socket: Socket) => socket.destroy()],
  ])('%s: a run waits for it when it goes away later', async (_what, refuse) => {
    asApp = refuse
    const database = await openDatabase({ url: await through(await server.create()), home })
    const errors: unknown[] = []
    try {
      const run = await someRun(contextOf({ database, home }))
      let met = false
      const engine = scriptedEngine(
        database.db,
        async (work, record) => {
          if (work.bead.step === 'coder' && !met) {
            met = true
            away = true
            for (const socket of sockets) socket.destroy()
            // Until the pool knows that its connections are gone: this asks for a new one.
            await sleep(200)
            // It is back before the step's end is to be kept.
            await record.reviews().finally(() => {
              away = false
            })
          }
          return goOn(work, flow)
        },
        { errors },
      )
      const worker = startWorker(engine, 1, (error) => errors.push(error))
      await expect
        .poll(async () => (await runRow(database.db, run).catch(() => null))?.status, { timeout: 30_000 })
        .toMatch(/succeeded|failed/)
      await worker.stop()
      const { status, state } = await runRow(database.db, run)
      expect([status, state?.error]).toEqual(['succeeded', null])
      expect(met).toBe(true)
    } finally {
      await database.close()
    }
  })
})
