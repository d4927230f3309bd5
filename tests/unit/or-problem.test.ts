import { expect, test } from 'vitest'
import { orProblem } from '@/lib/edge/or-problem'
import { AppError } from '@/lib/errors'

test('an answer is given as it is', async () => {
  expect(await orProblem(Promise.resolve(3))).toEqual({ value: 3 })
})

test('an error for people is told with its mend; what nobody foresaw goes on', async () => {
  const refused = new AppError('bad_config', 'The prompt coder.md names no version.', {
    mend: 'See prompts/.',
  })
  expect(await orProblem(Promise.reject(refused))).toEqual({
    problem: { message: 'The prompt coder.md names no version.', mend: 'See prompts/.' },
  })
  const unforeseen = new TypeError('x is undefined')
  await expect(orProblem(Promise.reject(unforeseen))).rejects.toBe(unforeseen)
})
