import { expect, test } from 'vitest'
import { baselineText, type RepositoryHealth } from '@/components/repositories/health'

type Baseline = NonNullable<RepositoryHealth['baseline']>

const ran: Baseline = {
  run: '01890a5d-ac96-774b-bcce-b302099a8057',
  at: '2026-01-01T00:00:00.000Z',
  passed: 0,
  failed: 0,
  skipped: 0,
  parsed: true,
  exitCode: 0,
  ended: null,
}
const said = (baseline: Baseline | null) => {
  const schedules = { count: 0, nextAt: null, problem: null }
  return baselineText({ recent: [], baseline, schedules, spentTodayMicros: 0, limitTodayMicros: null })
}

test('the tests of the base are as well as they ended, told apart or not', () => {
  expect(said(null)).toBeNull()
  expect(said({ ...ran, ended: 'timeout' })).toEqual({ text: 'stopped: timeout', good: false })
  expect(said(ran)).toEqual({ text: 'no tests', good: false })
  expect(said({ ...ran, passed: 2, failed: 1, exitCode: 1 })).toEqual({ text: '1 of 3 fail', good: false })
  expect(said({ ...ran, parsed: false, exitCode: 2 })).toEqual({
    text: 'failed, exit 2, not told apart',
    good: false,
  })
  expect(said({ ...ran, parsed: false })).toEqual({ text: 'passed, not told apart', good: true })
  expect(said({ ...ran, passed: 4 })).toEqual({ text: '4 pass', good: true })
})
