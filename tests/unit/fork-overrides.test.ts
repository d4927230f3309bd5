import { expect, test } from 'vitest'
import type { RunOverrides } from '@/lib/core/trigger'
import { type ForkRun, forkOverrides } from '@/lib/services/runs/fork-input'

const before: RunOverrides = { provider: 'openai', model: 'gpt-4.1', models: { coder: 'gpt-5' } }
const forked = (wanted: Partial<ForkRun>, of: RunOverrides = before) =>
  forkOverrides(of, { run: '0190a000-0000-7000-8000-000000000000', ...wanted })

test('a fork with another provider has no names of the original’s models', () => {
  expect(forked({ provider: 'anthropic' })).toEqual({ provider: 'anthropic' })
  expect(forked({ provider: 'anthropic' }, { model: 'gpt-4.1' })).toEqual({ provider: 'anthropic' })
  const models = { tester: 'claude-opus-4-6' }
  expect(forked({ provider: 'anthropic', models })).toEqual({ provider: 'anthropic', models })
  expect(forked({ provider: 'anthropic', model: 'm' })).toEqual({ provider: 'anthropic', model: 'm' })
})

test('with the same one it keeps them, but for those that it names', () => {
  expect(forked({})).toEqual(before)
  expect(forked({ provider: 'openai' })).toEqual(before)
  expect(forked({ models: { tester: 'x' } })).toEqual({ ...before, models: { coder: 'gpt-5', tester: 'x' } })
  expect(forked({ model: 'm' })).toEqual({ provider: 'openai', model: 'm' })
  expect(forked({}, { ...before, recording: 'r' })).toEqual({ ...before, recording: 'r' })
  expect(forked({ provider: 'openai' }, { ...before, recording: 'r' })).toEqual(before)
})
