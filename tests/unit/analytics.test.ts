import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { timeTicks } from '@/components/analytics/axes'
import { figure } from '@/components/analytics/figures'
import {
  addDays,
  dayCount,
  daysOf,
  type Period,
  periodOf,
  spansOf,
  startsOf,
  stepOf,
} from '@/lib/core/calendar'
import { percentile } from '@/lib/core/histogram'
import { chartIds } from '@/lib/services/analytics/chart-ids'
import { allCharts, chartOf } from '@/lib/services/analytics/charts'
import type { Facts, Sum } from '@/lib/services/analytics/facts'
import { toPeriod } from '@/lib/services/analytics/input'
import { readAnalyticsQuery } from '@/lib/services/analytics/query'

const now = new Date('2026-11-27T12:00:00Z')

describe('percentiles from buckets', () => {
  const bucketOf = (seconds: number) => String(Math.floor((4 * Math.log(Math.max(1, seconds))) / Math.LN2))
  const held = (values: readonly number[]) =>
    [...Map.groupBy(values, bucketOf)].map(([key, of]) => ({ key, n: of.length }))

  test('nothing has none, and taken back values count for nothing', () => {
    expect(percentile([], 0.5)).toBeNull()
    expect(
      percentile(
        [
          { key: '012', n: 0 },
          { key: '040', n: -1 },
        ],
        0.9,
      ),
    ).toBeNull()
  })

  test('are within a fifth of the exact ones, whatever the times', () => {
    const times = fc.array(fc.integer({ min: 1, max: 90 * 86_400 }), { minLength: 1, maxLength: 300 })
    fc.assert(
      fc.property(times, fc.constantFrom(0, 0.5, 0.9, 1), (values, share) => {
        const sorted = [...values].sort((a, b) => a - b)
        const rank = Math.min(sorted.length, Math.max(1, Math.ceil(share * sorted.length)))
        const exact = sorted[rank - 1] ?? 0
        const told = percentile(held(values), share) ?? 0
        expect(told / exact).toBeGreaterThan(0.84)
        expect(told / exact).toBeLessThan(1.19)
      }),
    )
  })
})

describe('periods', () => {
  const day = fc.integer({ min: 0, max: 4_000 }).map((count) => addDays('2020-01-01', count))

  test('what cannot be asked for is refused with the place', () => {
    expect(() => toPeriod({ from: '2026-11-20', to: '2026-11-02' }, now)).toThrow(
      /ends \(2026-11-02\) before it begins/,
    )
    expect(() => toPeriod({ from: '2020-01-01', to: '2026-11-02' }, now)).toThrow(/at most 731/)
  })

  test('a range ends today', () => {
    expect(toPeriod({}, now)).toEqual({
      from: '2026-10-29',
      to: '2026-11-27',
      step: 'day',
      open: true,
    })
    expect(toPeriod({ from: '2026-10-01', to: '2026-11-26' }, now)).not.toHaveProperty('open')
    expect(toPeriod({ range: '365d' }, now)).toMatchObject({ from: '2025-11-28', step: 'month' })
  })

  test('months and days at the edges hold every day once', () => {
    fc.assert(
      fc.property(day, fc.integer({ min: 1, max: 731 }), (from, length) => {
        const to = addDays(from, length - 1)
        const spans = spansOf({ from, to })
        const all = spans.flatMap((span) =>
          Array.from({ length: dayCount(span.from, span.to) }, (_, i) => addDays(span.from, i)),
        )
        expect([...all].sort()).toEqual(Array.from({ length }, (_, i) => addDays(from, i)))
        for (const span of spans.filter(({ grain }) => grain === 'month')) {
          expect(span.from).toMatch(/-01$/)
          expect(addDays(span.to, 1)).toMatch(/-01$/)
        }
      }),
    )
  })

  test('the month that is not over is whole where the period ends with it', () => {
    expect(spansOf({ from: '2026-10-30', to: '2026-11-28', open: true })).toEqual([
      { grain: 'month', from: '2026-11-01', to: '2026-11-30' },
      { grain: 'day', from: '2026-10-30', to: '2026-10-31' },
    ])
    expect(spansOf({ from: '2026-11-22', to: '2026-11-28', open: true })).toEqual([
      { grain: 'day', from: '2026-11-22', to: '2026-11-28' },
    ])
  })

  test('every day of a period belongs to one of its steps, and a step to its days', () => {
    fc.assert(
      fc.property(day, fc.integer({ min: 1, max: 731 }), (from, length) => {
        const period = periodOf(from, addDays(from, length - 1))
        const starts = startsOf(period)
        expect(starts.length).toBeLessThanOrEqual(31)
        for (let i = 0; i < length; i += 1) {
          const start = stepOf(addDays(from, i), period.step)
          expect(starts).toContain(start)
          const days = daysOf(start, period)
          expect(days.from <= addDays(from, i) && addDays(from, i) <= days.to).toBe(true)
        }
      }),
      { numRuns: 15 },
    )
  })
})

describe('a page’s address', () => {
  test('nonsense is named, and what can be meant is kept', () => {
    const { input, ignored } = readAnalyticsQuery(
      {
        range: 'forever',
        from: '2026-13-01',
        to: ['2026-11-02', '2026-11-03'],
        repository: "'; drop",
        colour: 'red',
        empty: '',
      },
      now,
    )
    expect(input).toEqual({ to: '2026-11-02' })
    expect(ignored.map(({ name, value }) => `${name}=${value}`)).toEqual([
      'range=forever',
      'from=2026-13-01',
      'to=2026-11-03',
      "repository='; drop",
      'colour=red',
    ])
  })

  test('an end before its beginning is left out whole', () => {
    const { input, ignored } = readAnalyticsQuery({ from: '2026-11-20', to: '2026-11-02', range: '7d' }, now)
    expect(input).toEqual({ range: '7d' })
    expect(ignored).toMatchObject([{ name: 'from', value: '2026-11-20 to 2026-11-02' }])
  })
})

/** Facts out of a few sums, all on the last day of the period. */
function facts(
  sums: Readonly<Record<string, readonly Sum[]>>,
  period: Period = periodOf('2026-11-01', '2026-11-10'),
): Facts {
  const of = (metric: string) => sums[metric] ?? []
  return {
    period,
    repository: null,
    series: (metric) => of(metric).map((sum) => ({ ...sum, start: stepOf(period.to, period.step) })),
    totals: of,
    repositories: of('repository').map((sum) => ({ ...sum, name: `name of ${sum.key}` })),
  }
}
const sum = (key: string, n: number, total = 0): Sum => ({ key, n, total })

describe('the charts', () => {
  test('say so where there is nothing, and divide nothing by nothing', () => {
    for (const chart of allCharts(facts({}))) {
      expect(chart.empty).toBe(true)
      expect(chart.answer).toMatch(/^No|^Nothing/)
      expect(JSON.stringify(chart)).not.toMatch(/NaN|Infinity/)
    }
  })

  test('are named as their ids, with at most four series that are columns of theirs', () => {
    const charts = allCharts(facts({}))
    expect(charts.map(({ id }) => id)).toEqual([...chartIds])
    for (const { series, columns, along } of charts) {
      expect(series.length).toBeLessThanOrEqual(4)
      const names = columns.map(({ name }) => name)
      expect(names).toContain(along)
      for (const { name } of series) expect(names).toContain(name)
    }
  })

  test('answer with what the rows say', () => {
    const given = facts({
      end: [sum('succeeded', 6, 4_000_000), sum('failed', 3, 1_500_000), sum('cancelled', 1, 500_000)],
      score: [sum('score', 2, 170), sum('code_quality', 2, 180), sum('test_coverage', 2, 120)],
      loops: [sum('0', 5, 4), sum('1', 5, 2)],
      loop: [sum('review', 2, 3), sum('tests', 4, 9)],
      stop: [sum('failed\tcoder\tmodel_error', 3, 1_500_000), sum('cancelled\tcoder\tcancelled', 1, 500_000)],
      cost_agent: [sum('coder', 9, 5_000_000), sum('', 2, 250_000), sum('planner', 9, 750_000)],
      cycle: [sum('048', 4, 20_000)],
      time_people: [sum('', 10, 6_000)],
      time_working: [sum('', 10, 3_000)],
      time_other: [sum('', 10, 1_000)],
      confidence: [
        sum('reviewer\t9\tmerged', 3, 2_850),
        sum('reviewer\t9\trejected', 1, 950),
        sum('coder\t5\tfailed', 1, 500),
      ],
      learning_success: [sum('told', 4, 3), sum('not', 4, 2)],
    })
    const answers = Object.fromEntries(allCharts(given).map(({ id, answer }) => [id, answer]))
    expect(answers.score).toBe('85 of 100 over 2 runs; test coverage is the weakest part (60).')
    expect(answers.success).toBe('60% of 10 runs succeeded, 40% without any work being sent back.')
    expect(answers.rework).toBe(
      '50% of 10 runs were sent back at least once, most often because of this: tests failed (4 runs).',
    )
    expect(answers.stops).toBe('Most often at coder: model error (75% of 4 runs that stopped).')
    expect(answers['cost-agent']).toBe('$6.00 in 10 runs; 83% of it for coder.')
    expect(answers.cycle).toMatch(/^Half of 4 runs were merged within 74 min/)
    expect(answers.waiting).toBe('60% of a run’s time it waits for people, 30% it works.')
    expect(answers.calibration).toMatch(
      /95% sure on average and 75% of 4 runs .*: it is 20 points too sure\.$/,
    )
    expect(answers.learnings).toMatch(/75% of 4 runs .* 50% of 4 runs that were not: 25 points more\.$/)
  })

  test('the first try is a share of the runs that are known to have had one', () => {
    // Of ten runs six were driven here; the other four are logs that somebody posted.
    const given = facts({ end: [sum('succeeded', 10)], loops: [sum('0', 3, 3), sum('1', 3, 3)] })
    const chart = chartOf('success', given)
    expect(chart.rows.at(-1)?.cells).toMatchObject({ success: 1, first: 0.5 })
    expect(chart.answer).toBe('100% of 10 runs succeeded, 50% without any work being sent back.')
    const posted = chartOf('success', facts({ end: [sum('succeeded', 10)] }))
    expect(posted.rows.at(-1)?.cells.first).toBeNull()
    expect(posted.answer).toBe('100% of 10 runs succeeded.')
  })

  test('costs add up to all that was spent', () => {
    const given = facts({
      end: [sum('succeeded', 1, 1_000_001)],
      cost_agent: Array.from({ length: 12 }, (_, i) => sum(`agent${i}`, 1, 10_000 * (i + 1))),
    })
    const { rows } = chartOf('cost-agent', given)
    expect(rows).toHaveLength(9)
    expect(rows.reduce((all, { cells }) => all + Number(cells.cost), 0)).toBeCloseTo(1.000001, 9)
  })

  test('numbers lead to the runs of their step of time', () => {
    const row = chartOf('success', facts({ end: [sum('failed', 3)] })).rows.at(-1)
    expect(row?.links.failed).toBe('/timeline?status=failed&since=2026-11-10&until=2026-11-10')
  })
})

test('figures are short, and time axes count as people do', () => {
  expect([
    figure(0.424, 'share'),
    figure(0.0042, 'usd'),
    figure(4_000, 'seconds'),
    figure(12_345, 'count'),
  ]).toEqual(['42.4%', '$0.0042', '1.1 h', '12,345'])
  expect(figure(null, 'usd')).toBe('–')
  expect(timeTicks(2_000)).toEqual([0, 600, 1_200, 1_800, 2_400])
})
