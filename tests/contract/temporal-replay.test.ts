import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Worker } from '@temporalio/worker'
import { describe, expect, test } from 'vitest'
import { packageRoot } from '@/lib/root'
import { quietTemporal, testBundle } from '../support/temporal-engine'

const folder = join(packageRoot(), 'tests/fixtures/temporal')
const names = readdirSync(folder)

/** A workflow that is under way when a release comes goes on by the new code: its history must lead to the same. */
describe('recorded histories', () => {
  test('are there', () => {
    expect(names).toEqual(
      expect.arrayContaining([
        'straight.json',
        'gate.json',
        'lost.json',
        'continued-1.json',
        'late-nudge-v1.json',
        'late-nudge.json',
      ]),
    )
  })

  test.each(names)('%s is replayed without a difference', async (name) => {
    quietTemporal()
    const history: unknown = JSON.parse(readFileSync(join(folder, name), 'utf8'))
    const { code } = await testBundle()
    await Worker.runReplayHistory({ workflowBundle: { code } }, history)
  })

  test('another workflow’s history is told apart', async () => {
    quietTemporal()
    const text = readFileSync(join(folder, 'straight.json'), 'utf8')
    const { code } = await testBundle()
    const changed: unknown = JSON.parse(text.replaceAll('"name":"settle"', '"name":"release"'))
    const replay = Worker.runReplayHistory({ workflowBundle: { code } }, changed)
    await expect(replay).rejects.toThrow(/determinism/i)
  })
})
