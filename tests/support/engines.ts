import { afterAll, beforeAll, describe } from 'vitest'
import type { Db } from '@/lib/db/client'
import type { StepRunner } from '@/lib/engine/engine'
import { describeDrivers, describePostgres, type Open } from './database'
import { drain, engineOf } from './scripted-engine'
import { haveTemporal, startTemporal, type TemporalServer } from './temporal'
import { type DrivenByTemporal, drivenByTemporal } from './temporal-engine'

export interface EngineUnderTest {
  readonly name: 'embedded' | 'temporal'
  /** Works on every run that is due until none is. @returns the steps done */
  drive(db: Db, runner: StepRunner, errors?: unknown[]): Promise<number>
}

/** Runs a suite on every engine: the embedded one over every driver of its databases, and Temporal's driver on PostgreSQL. */
export function describeEngines(suite: (open: Open, engine: EngineUnderTest) => void): void {
  describe('embedded', () => {
    const engine: EngineUnderTest = {
      name: 'embedded',
      drive: (db, runner, errors) => drain(engineOf(db, runner, errors ? { errors } : {})),
    }
    describeDrivers((open) => suite(open, engine))
  })
  describe.skipIf(!haveTemporal())('temporal', () => {
    let server: TemporalServer | null = null
    const workers = new Map<Db, Worker>()
    beforeAll(async () => {
      server = await startTemporal()
    })
    afterAll(async () => {
      await server?.stop()
    })
    /** One worker a database, with the steps of the test that drives. */
    const workerOf = async (db: Db): Promise<Worker> => {
      if (!server) throw new Error('drive() was called before the server was up')
      const made: { runner: StepRunner; errors: unknown[] } = { runner: neverCalled, errors: [] }
      const driven = await drivenByTemporal(db, (work) => made.runner(work), {
        address: server.address,
        taskQueue: `engines-${workers.size}`,
        onError: (message, error) => made.errors.push([message, error]),
      })
      const worker = Object.assign(made, { driven })
      workers.set(db, worker)
      return worker
    }
    const engine: EngineUnderTest = {
      name: 'temporal',
      async drive(db, runner, errors = []) {
        const worker = workers.get(db) ?? (await workerOf(db))
        Object.assign(worker, { runner, errors })
        const before = worker.driven.steps()
        await worker.driven.quiet()
        return worker.driven.steps() - before
      },
    }
    // Before the databases are closed: hooks run in reverse order.
    const stopAll = async () => {
      for (const { driven } of workers.values()) await driven.stop()
    }
    describePostgres((open) => {
      afterAll(stopAll)
      suite(open, engine)
    })
  })
}

interface Worker {
  runner: StepRunner
  errors: unknown[]
  readonly driven: DrivenByTemporal
}

const neverCalled: StepRunner = () => Promise.reject(new Error('no test drives'))
