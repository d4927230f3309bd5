/** The crash bench for a minute: everything dies that can, and nothing is lost, done twice or paid twice. */
import { describe, expect, it } from 'vitest'
import { crash, type Plan } from '@/bench/crash/scenario'
import { havePostgres } from '../support/postgres'
import { requires } from '../support/require'
import { haveTemporal } from '../support/temporal'

const still = { freezes: { times: 0, forMs: 0 }, restarts: { times: 0, everyMs: 0 } }
const common = { killsEach: 1, oneMoment: true, pauseMs: 300, patienceMs: 240_000, leaseMs: 4_000 }

async function survives(plan: Plan): Promise<void> {
  const report = await crash(plan, () => {})
  const { accepted, byStatus, lost, doubled, paidTwice, underCounted, errors } = report
  expect(
    { accepted, byStatus, lost, doubled, paidTwice, underCounted },
    `it died at: ${JSON.stringify(report.points)}; workers said: ${JSON.stringify(errors)}`,
  ).toEqual({
    accepted: plan.runs,
    byStatus: { succeeded: plan.runs },
    lost: 0,
    doubled: [],
    paidTwice: [],
    underCounted: 0,
  })
  expect(report.kills).toBeGreaterThan(0)
}

describe('whatever dies, no run is lost and no effect happens twice', () => {
  it.skipIf(!requires('postgres', havePostgres()))(
    'on one Postgres with many workers',
    async () => {
      await survives({
        ...common,
        name: 'postgres',
        database: 'postgres',
        runs: 8,
        workers: 3,
        concurrency: 2,
        randomKills: { times: 3, every: [1_000, 4_000] },
        freezes: { times: 1, forMs: 6_000 },
        restarts: { times: 2, everyMs: 8_000 },
      })
    },
    180_000,
  )

  it('on the embedded database, whose one process is killed', async () => {
    await survives({
      ...common,
      ...still,
      name: 'pglite',
      database: 'pglite',
      killsEach: 0,
      runs: 4,
      workers: 1,
      concurrency: 4,
      randomKills: { times: 4, every: [500, 3_000] },
    })
  }, 300_000)

  it.skipIf(!haveTemporal() || !requires('postgres', havePostgres()))(
    'under Temporal',
    async () => {
      await survives({
        ...common,
        ...still,
        name: 'temporal',
        database: 'postgres',
        temporal: true,
        runs: 4,
        workers: 2,
        concurrency: 2,
        pauseMs: 1_500,
        randomKills: { times: 2, every: [2_000, 4_000] },
      })
    },
    180_000,
  )
})
