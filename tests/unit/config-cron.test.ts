import { describe, expect, it, test } from 'vitest'
import { AppError } from '@/lib/errors'
import { scheduleWarnings } from '@/lib/workspace/config/clock-changes'
import { nextTime, timesSince } from '@/lib/workspace/config/cron'
import { parseConfig } from '@/lib/workspace/config/parse'
import { unreadWarnings } from '@/lib/workspace/config/unread'

const schedule = (more: string) =>
  `pipeline:\n  triggers:\n    - on: schedule\n      ${more}\n      flow: [tester]\n`

function problem(text: string): string {
  try {
    parseConfig(text)
  } catch (error) {
    if (error instanceof AppError && error.code === 'bad_config') return error.message
    throw error
  }
  throw new Error('The text was taken.')
}

/** Times from an instant on, as UTC. */
function times(cron: string, timeZone: string, from: string, count: number): string[] {
  const found: string[] = []
  let at = new Date(from)
  while (found.length < count) {
    const next = nextTime({ cron, timeZone }, at)
    if (!next) return found
    found.push(next.toISOString().slice(0, 16))
    at = next
  }
  return found
}

describe('bad schedules', () => {
  it.each([
    [
      'cron: "0 25 * * *"',
      '4:13 pipeline.triggers[0].cron: "0 25 * * *" is no cron time: Invalid value for hour: 25.',
    ],
    ['cron: "60 * * * *"', '"60 * * * *" is no cron time'],
    [
      'cron: "x y * * *"',
      'configuration entry 1 (x) contains illegal characters. Use five fields: minute (0-59)',
    ],
    ['cron: "*/0 * * * *"', '"*/0 * * * *" is no cron time'],
    ['cron: "5-1 * * * *"', '"5-1 * * * *" is no cron time'],
    ['cron: "@daily"', '"@daily" has the wrong form. Use five fields'],
    ['cron: "0 0 * * * *"', 'has the wrong form. Use five fields'],
    ['cron: "0 2 30 2 *"', '"0 2 30 2 *" never comes: no month has such a day.'],
    ['cron: 5', '4:13 pipeline.triggers[0].cron: A text is asked for here, not 5.'],
    [
      'time_zone: Europe/Berln',
      '4:18 pipeline.triggers[0].time_zone: "Europe/Berln" is no time zone. Did you mean "Europe/Berlin"?',
    ],
    ['time_zone: "+02:00"', '"+02:00" is no time zone. Use an IANA name such as Europe/Berlin or UTC.'],
    ['time_zone: ""', 'pipeline.triggers[0].time_zone'],
    ['missed: twice', '"twice" is none of once, skip.'],
    ['timezone: UTC', 'unknown key. Did you mean "time_zone"?'],
  ])('%s', (line, expected) => expect(problem(schedule(line))).toContain(expected))

  it('says all of them at once', () => {
    const text = schedule('cron: "0 25 * * *"\n      time_zone: Mars').concat(
      '    - { on: schedule, cron: "0 0 0 1 *", flow: [tester] }\n',
    )
    expect(problem(text).match(/triggers\[\d\]\.\w+/g)).toEqual([
      'triggers[0].cron',
      'triggers[0].time_zone',
      'triggers[1].cron',
    ])
  })

  it('names keys that have no effect', () => {
    const text = `pipeline:
  triggers:
    - { on: ci_failure, cron: "0 1 * * *", flow: [debugger] }
    - { on: schedule, missed: skip, flow: [tester] }
    - { on: schedule, cron: "0 1 * * *", time_zone: Europe/Berlin, missed: skip, flow: [tester] }
`
    expect(unreadWarnings(text).map((line) => line.split('`')[1])).toEqual([
      'pipeline.triggers[0].cron',
      'pipeline.triggers[1].missed',
    ])
  })
})

describe('the days clocks change', () => {
  test('a time that is left out comes at the first instant after the gap', () => {
    expect(times('30 2 * * *', 'Europe/Berlin', '2027-03-27T12:00Z', 2)).toEqual([
      '2027-03-28T01:00',
      '2027-03-29T00:30',
    ])
    expect(times('0 2,3 * * *', 'Europe/Berlin', '2027-03-27T12:00Z', 2)).toEqual([
      '2027-03-28T01:00',
      '2027-03-29T00:00',
    ])
    expect(times('0 0 * * *', 'America/Santiago', '2026-09-05T12:00Z', 1)).toEqual(['2026-09-06T04:00'])
    expect(times('15 2 * * *', 'Australia/Lord_Howe', '2026-10-03T00:00Z', 1)).toEqual(['2026-10-03T15:30'])
  })

  test('one that is there twice comes once; an interval follows the clock', () => {
    expect(times('30 2 * * *', 'Europe/Berlin', '2026-10-24T12:00Z', 2)).toEqual([
      '2026-10-25T00:30',
      '2026-10-26T01:30',
    ])
    expect(times('*/30 * * * *', 'Europe/Berlin', '2026-10-25T00:10Z', 3)).toEqual([
      '2026-10-25T00:30',
      '2026-10-25T01:00',
      '2026-10-25T01:30',
    ])
  })

  const warnings = (cron: string, zone: string) =>
    scheduleWarnings(
      parseConfig(schedule(`cron: "${cron}"\n      time_zone: ${zone}`)),
      new Date('2026-11-27T00:00Z'),
    )

  it.each([
    [
      '30 2 * * *',
      'Europe/Berlin',
      '02:30 does not exist in Europe/Berlin on 2027-03-28, when clocks go from 02:00 to 03:00: it runs at 03:00 on that day.',
    ],
    [
      '*/15 2 * * *',
      'Europe/Berlin',
      '02:00 does not exist in Europe/Berlin on 2027-03-28, when clocks go from 02:00 to 03:00: it does not run on that day.',
    ],
    ['0 0 * * *', 'America/Santiago', '00:00 does not exist in America/Santiago on 2027-09-05'],
    ['15 2 * * *', 'Australia/Lord_Howe', 'clocks go from 02:00 to 02:30: it runs at 02:30 on that day.'],
  ])('%s in %s is warned of', (cron, zone, expected) => {
    expect(warnings(cron, zone)).toEqual([expect.stringContaining(`pipeline.triggers[0].cron: `)])
    expect(warnings(cron, zone)[0]).toContain(expected)
  })

  it.each([
    ['30 3 * * *', 'Europe/Berlin'],
    ['30 2 * * 1', 'Europe/Berlin'],
    ['*/15 * * * *', 'Europe/Berlin'],
    ['30 2 * * *', 'UTC'],
    ['30 2 * * *', 'Asia/Tokyo'],
  ])('%s in %s is not', (cron, zone) => expect(warnings(cron, zone)).toEqual([]))
})

test('missed times are counted, and the last of very many is found', () => {
  const hourly = { cron: '0 * * * *', timeZone: 'UTC' }
  const [first, until] = [new Date('2026-11-27T00:00Z'), new Date('2026-11-27T03:00Z')]
  expect(timesSince(hourly, first, until)).toEqual({ count: 4, last: until })
  expect(timesSince(hourly, first, first)).toEqual({ count: 1, last: first })
  const year = timesSince({ cron: '* * * * *', timeZone: 'UTC' }, new Date('2025-11-27T00:00Z'), until)
  expect(year).toEqual({ count: 1_000, last: until })
})
