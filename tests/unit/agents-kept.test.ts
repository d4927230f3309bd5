import { expect, test } from 'vitest'
import { untilKept } from '@/lib/agents/kept'
import { AppError } from '@/lib/errors'

const away = new AppError('unavailable', 'The database is away.', { transient: true })

/** A write that fails as often as there are errors, and then is done. */
function write(...errors: readonly unknown[]) {
  const left = [...errors]
  const told = { tries: 0 }
  const once = async (): Promise<string> => {
    told.tries += 1
    if (left.length > 0) throw left.shift()
    return 'kept'
  }
  return { told, once }
}

test('what may work later is written again until it is kept', async () => {
  const { told, once } = write(away, new AppError('internal', 'A deadlock.', { transient: true }))
  expect(await untilKept(once, new AbortController().signal)).toBe('kept')
  expect(told.tries).toBe(3)
})

test.each([
  ['a lost lease', new AppError('lease_lost', 'Another worker has this run now.')],
  ['a refused value', new AppError('internal', 'A refused value.')],
  ['what nobody foresaw', new TypeError('No such thing.')],
])('%s ends it at once', async (_what, error) => {
  const { told, once } = write(away, error)
  await expect(untilKept(once, new AbortController().signal)).rejects.toBe(error)
  expect(told.tries).toBe(2)
})

test.each([
  ['before the first try', AbortSignal.abort()],
  ['in the pause', AbortSignal.timeout(100)],
])('whoever hangs up %s is not waited for: the last trouble is what is thrown', async (_what, hangUp) => {
  const { told, once } = write(away, away)
  await expect(untilKept(once, hangUp)).rejects.toBe(away)
  expect(told.tries).toBe(1)
})
