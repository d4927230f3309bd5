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
