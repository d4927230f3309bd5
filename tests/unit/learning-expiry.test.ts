import { expect, it } from 'vitest'
import { daysLeft, endChange } from '@/components/learnings/expiry'

const now = Date.parse('2026-01-01T00:00:00Z')

it('the field of an end begins with the days that are left', () => {
  expect(daysLeft('2026-01-10T12:00:00Z', now)).toBe('10')
  expect(daysLeft('2025-12-31T00:00:00Z', now)).toBe('')
  expect(daysLeft(null, now)).toBe('')
})

it('sends an end only when it was changed', () => {
  expect(endChange('10', '10')).toEqual({})
  expect(endChange(' ', '')).toEqual({})
  expect(endChange('30', '10')).toEqual({ expiresInDays: 30 })
  expect(endChange('', '10')).toEqual({ expiresInDays: null })
})
