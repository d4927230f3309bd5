import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { POST as startPipeline } from '@/app/api/pipeline/start/route'
import { POST as cancelRun } from '@/app/api/runs/[id]/cancel/route'
import { POST as forkRun } from '@/app/api/runs/[id]/fork/route'
import { POST as startRun } from '@/app/api/runs/route'
import { POST as scaffold } from '@/app/api/scaffold/route'
import { runs } from '@/drizzle/schema'
import { openDatabase } from '@/lib/db/client'
import { once } from '@/lib/edge/idempotency'
import { AppError } from '@/lib/errors'
import { type Runtime, setRuntime } from '@/lib/runtime'
import { madeRepository } from '../support/cli'
import { type Call, type Received, serve } from '../support/http'
import { losesAnswer } from '../support/lost-answer'
import { havePostgres, type StoppableServer, startStoppable } from '../support/postgres'
import { requires } from '../support/require'

const headers = { 'idempotency-key': 'the-same-key' }

describe.skipIf(!requires('postgres', havePostgres()))('a write whose answer was lost, sent again', () => {
  let server: StoppableServer
  let home: string
  let repository: string
  let runtime: Runtime | undefined
  let call: Call
  beforeAll(async () => {
    server = await startStoppable()
    repository = madeRepository({})
  })
  beforeEach(() => {
    home = mkdtempSync(join(tmpdir(), 'devpilot-once-'))
  })
  afterEach(async () => {
    setRuntime(null)
    await runtime?.events.close()
    await runtime?.database.close()
    rmSync(home, { recursive: true, force: true })
  })
  afterAll(() => server.stop())

  const open = async (url: string): Promise<Runtime> => {
    const database = await openDatabase({ url, home })
    const served = await serve({ database, home, url })
    runtime = served.runtime
    call = served.call
    return served.runtime
  }
  const idsNow = async ({ database }: Runtime): Promise<string[]> =>
    (await database.db.select({ id: runs.id }).from(runs)).map(({ id }) => id)

  /** The first answer and that to a repeat: the database stops when the first has committed, and comes back. */
  const twice = async (waiting: () => Promise<void>, send: () => Promise<Received>) => {
    const [first] = await Promise.all([send(), waiting().then(server.halt)])
    await server.goOn()
    return { first, again: await send() }
  }

  test.each([
    ['/api/runs', startRun],
    ['/api/pipeline/start', startPipeline],
    ['/api/scaffold', scaffold],
  ])('POST %s: there is one run, and the repeat gets it', async (path, handler) => {
    const { url, waiting } = await losesAnswer(server, 'insert on agent_runs')
    const here = await open(url)
    const body = { repository, task: 'Only once' }
    const { first, again } = await twice(waiting, () => call(handler, { path, headers, body }))
    expect(first.json).toMatchObject({ status: 503, code: 'unavailable' })
    expect(again.status).toBe(201)
    expect(await idsNow(here)).toEqual([again.json.id])
    const third = await call(handler, { path, headers, body })
    expect([third.json, third.headers.get('idempotency-replayed')]).toEqual([again.json, 'true'])
  })

  test('a fork is made once, too', async () => {
    const { url, waiting } = await losesAnswer(server, 'insert on agent_runs', 'new.fork_of is not null')
    const here = await open(url)
    const original = await call(startRun, { path: '/api/runs', body: { repository, task: 'First' } })
    const params = { id: String(original.json.id) }
    const fork = () => call(forkRun, { path: '/api/runs/x/fork', params, headers, body: { reason: 'Again' } })
    const { first, again } = await twice(waiting, fork)
    expect(first.status).toBe(503)
    expect(again.json).toMatchObject({ forkOf: params.id })
    expect((await idsNow(here)).sort()).toEqual([params.id, again.json.id].sort())
  })

  test('a connection that is cut while the run is made: the first answer is the run', async () => {
    const { url, lost } = await losesAnswer(server, 'insert on agent_runs')
    const here = await open(url)
    const body = { repository, task: 'Only once' }
    const [answer] = await Promise.all([call(startRun, { path: '/api/runs', headers, body }), lost()])
    expect(answer.status).toBe(201)
    expect(await idsNow(here)).toEqual([answer.json.id])
  })

  test('a write that makes nothing is not done again; its caller is told the way out', async () => {
    const { url, lost } = await losesAnswer(server, 'update on agent_runs')
    await open(url)
    const started = await call(startRun, { path: '/api/runs', body: { repository, task: 'First' } })
    const params = { id: String(started.json.id) }
    const cancel = () => call(cancelRun, { path: '/api/runs/x/cancel', params, headers, body: {} })
    const [first] = await Promise.all([cancel(), lost()])
    expect(first.status).toBe(503)
    const again = await cancel()
    expect(again.json).toMatchObject({ status: 409, code: 'conflict', place: 'Idempotency-Key' })
    expect(again.json.mend).toContain('look whether it took effect, then use a new key')
  })

  test('an error that tells that nothing was written frees the key; any other keeps it, with its id', async () => {
    const { database } = await open(await server.create())
    const asked = { actor: 'somebody', name: 'POST /api/things', input: {}, makes: true }
    const ids = async (error: unknown): Promise<string[]> => {
      const seen: string[] = []
      const work = async (made: string) => {
        seen.push(made)
        if (seen.length === 1) throw error
        return { status: 201, body: made }
      }
      const key = `key-${String(error)}`
      await expect(once(database.db, key, asked, work)).rejects.toBe(error)
      const again = await once(database.db, key, asked, work)
      expect(again).toEqual({ status: 201, body: seen[1], replayed: false })
      return seen
    }
    const [free, ...kept] = await Promise.all([
      ids(new AppError('unprocessable', 'No.')),
      ids(new AppError('unavailable', 'Away.')),
      ids(new AppError('timeout', 'Too long.')),
      ids(new Error('Nobody foresaw this.')),
    ])
    expect(free?.[0]).not.toBe(free?.[1])
    for (const [first, second] of kept) expect(second).toBe(first)
  })
})
