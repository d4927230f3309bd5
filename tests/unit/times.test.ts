import { describe, expect, test } from 'vitest'
import { absolute, duration, knownZone, relative, stamp, timeMode } from '@/components/format'

const at = Date.UTC(2026, 10, 27, 13, 5, 9)
const minute = 60_000
const day = 24 * 60 * minute

describe('bad input', () => {
  test('a cookie that holds anything is the default', () => {
    for (const text of [undefined, '', 'UTC', 'Relative', '<script>']) expect(timeMode(text)).toBe('relative')
    for (const text of [undefined, '', 'Mars/Olympus', '../../etc', 'x'.repeat(1_000), 'Europe/Berlin;'])
      expect(knownZone(text)).toBeNull()
  })
  test('what is no time is said to be none', () => {
    expect(absolute(Number.NaN, 'UTC')).toBe('no time')
    expect(stamp(Date.parse('yesterday'), 'UTC', at)).toBe('no time')
  })
})

test('zones that there are', () => {
  expect(knownZone('Europe/Berlin')).toBe('Europe/Berlin')
  expect(knownZone('America/Argentina/Buenos_Aires')).toMatch(/^America\/(?:Argentina\/)?Buenos_Aires$/)
  expect(timeMode('utc')).toBe('utc')
})

test('absolute, in a zone, with its offset', () => {
  expect(absolute(at, 'UTC')).toBe('27 Nov 2026, 13:05:09 UTC')
  expect(absolute(at, 'Europe/Berlin')).toBe('27 Nov 2026, 14:05:09 (UTC+01:00)')
  // Summer time, and a zone of half an hour that is a day ahead.
  expect(absolute(Date.UTC(2026, 6, 1, 22, 0, 0), 'Europe/Berlin')).toBe('2 Jul 2026, 00:00:00 (UTC+02:00)')
  expect(absolute(Date.UTC(2026, 11, 31, 20, 0, 0), 'Asia/Kolkata')).toBe('1 Jan 2027, 01:30:00 (UTC+05:30)')
})

test('a stamp is as short as it can be, by the day of the zone', () => {
  expect(stamp(at, 'UTC', at + minute)).toBe('13:05:09Z')
  expect(stamp(at, 'Europe/Berlin', at + minute)).toBe('14:05:09')
  expect(stamp(at, 'UTC', at + day)).toBe('27 Nov 13:05Z')
  expect(stamp(at, 'UTC', at + 400 * day)).toBe('27 Nov 2026 13:05Z')
  // 23:30 in London is the next day in Berlin.
  const late = Date.UTC(2026, 10, 27, 23, 30)
  expect(stamp(late, 'Europe/Berlin', Date.UTC(2026, 10, 28, 1))).toBe('00:30:00')
})

test('relative, both ways', () => {
  expect(relative(at, at + 20_000)).toBe('just now')
  expect(relative(at + 20_000, at)).toBe('in a moment')
  expect(relative(at, at + 4 * minute)).toBe('4 min ago')
  expect(relative(at, at + 3 * day)).toBe('3 d ago')
  expect(relative(at, at + 30 * day)).toBe('27 Nov')
})

test('spans', () => {
  expect([340, 4_200, 185_000, 7_800_000, 273_600_000].map(duration)).toEqual([
    '340 ms',
    '4.2 s',
    '3 min 5 s',
    '2 h 10 min',
    '3 d 4 h',
  ])
})
