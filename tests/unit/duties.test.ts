import { expect, test } from 'vitest'
import { type Duty, startDuties } from '@/lib/engine/duties'

const duty = (name: string, by: Duty['by'], run: Duty['run']): Duty => ({ name, everyMs: 1, by, run })

test('a duty that hangs holds up no other, and is told when the worker stops', async () => {
  const did: string[] = []
  const errors: string[] = []
  let told = false
  const enough = Promise.withResolvers<void>()
  const { stop } = startDuties({
    duties: [
      duty('hangs', 'each', (signal) => {
        did.push('hangs')
        return new Promise((resolve) =>
          signal.addEventListener('abort', () => {
            told = true
            resolve(undefined)
          }),
        )
      }),
      duty('fails', 'each', () => Promise.reject(new Error('not now'))),
      duty('not-ours', 'one', async () => did.push('not-ours')),
      duty('ours', 'one', async () => {
        did.push('ours')
        if (did.filter((name) => name === 'ours').length === 2) enough.resolve()
      }),
    ],
    take: async ({ name }) => name === 'ours',
    done: async ({ name }) => void did.push(`${name} done`),
    onError: ({ name }) => errors.push(name),
  })
  await enough.promise
  await stop()
  expect(told).toBe(true)
  expect(did.filter((name) => name === 'hangs')).toHaveLength(1)
  expect(did).toContain('ours done')
  expect(did).not.toContain('not-ours')
  expect(errors.length).toBeGreaterThan(0)
  const after = did.length
  await new Promise((resolve) => setTimeout(resolve, 1_100))
  expect(did).toHaveLength(after)
})

test('a duty that there is work for is done at once, and once more where it was asked for while it was done', async () => {
  const begun: number[] = []
  let goOn = Promise.withResolvers<void>()
  const duties = startDuties({
    duties: [
      {
        ...duty('asked', 'each', () => {
          begun.push(performance.now())
          return goOn.promise
        }),
        everyMs: 3_600_000,
      },
    ],
    take: async () => true,
    done: async () => {},
    onError: () => {},
  })
  const settle = async () => {
    goOn.resolve()
    goOn = Promise.withResolvers<void>()
    await new Promise((resolve) => setImmediate(resolve))
  }
  expect(begun).toHaveLength(1)
  for (let times = 0; times < 3; times += 1) duties.now('asked')
  duties.now('another')
  expect(begun).toHaveLength(1)
  await settle()
  expect(begun).toHaveLength(2)
  await settle()
  expect(begun).toHaveLength(2)
  duties.now('asked')
  expect(begun).toHaveLength(3)
  goOn.resolve()
  await duties.stop()
  duties.now('asked')
  expect(begun).toHaveLength(3)
})
