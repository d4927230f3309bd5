import { expect, test } from 'vitest'
import { isGone, processId } from '@/lib/db/process'

const [machine = '', pid = '', start = ''] = processId().split(':')

test.each([
  ['this process', processId(), false],
  ['its id with another start', `${machine}:${pid}:1`, true],
  ['an id that nobody has', `${machine}:999999999:${start}`, true],
  ['another boot of a machine of this name', `${machine}x:999999999:${start}`, false],
  ['a claim of Temporal’s', 'temporal:01a2', false],
])('%s', (_what, owner, gone) => {
  expect(isGone(owner)).toBe(gone)
})

test('tells machines of one name apart, where the kernel does', () => {
  if (process.platform === 'linux') expect(machine.split('/').length).toBeGreaterThan(1)
})
