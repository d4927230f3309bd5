import { eq, sql } from 'drizzle-orm'
import { beforeAll, expect, test } from 'vitest'
import { endChanges, runs } from '@/drizzle/schema'
import type { Period } from '@/lib/core/calendar'
import { newId } from '@/lib/db/ids'
import { exportChart } from '@/lib/services/analytics/chart'
import { chartIds } from '@/lib/services/analytics/chart-ids'
import { readFacts } from '@/lib/services/analytics/facts'
import { getAnalytics } from '@/lib/services/analytics/get'
import { analyticsPage } from '@/lib/services/analytics/page'
import type { ServiceContext } from '@/lib/services/context'
import { listRepositories } from '@/lib/services/repositories/list'
import { mergeTimes } from '@/lib/services/stats/merge-time'
import { describeDatabases } from '../support/database'
import { seed } from '../support/seed'
import { contextOf, someRun } from '../support/services'

describeDatabases((open) => {
  let ctx: ServiceContext
  const now = new Date()

  beforeAll(async () => {
    ctx = contextOf(await open())
    await seed(ctx.db, now, 30)
  })

  const codeOf = (work: Promise<unknown>) =>
    work.then(
      () => null,
      (error) => error.code,
    )

  test('bad input is refused, and somebody who may not read is, too', async () => {
    expect(await codeOf(getAnalytics({ ctx, input: { repository: newId() } }))).toBe('not_found')
    const unknown = { chart: 'score', repository: newId() } as const
    expect(await codeOf(exportChart({ ctx, input: unknown }))).toBe('not_found')
    expect(await codeOf(getAnalytics({ ctx, input: { from: '2026-02-30' } }))).toBe('bad_request')
    expect(await codeOf(exportChart({ ctx, input: { chart: 'nonsense' as 'score' } }))).toBe('bad_request')
    expect(await codeOf(getAnalytics({ ctx: { ...ctx, grants: [] } }))).toBe('forbidden')
    const { view } = await analyticsPage({ ctx, query: { repository: newId(), range: 'x' } })
    expect(view.ignored.map(({ name }) => name)).toEqual(['range', 'repository'])
    expect(view.ended).toBeGreaterThan(0)
  })

  test('where none of the time has ended, the newest that is under way is named', async () => {
    const query = { from: '2031-05-01', to: '2031-05-02' }
    expect((await analyticsPage({ ctx, query })).underWay).toBeNull()
    const run = await someRun(ctx)
    await ctx.db
      .update(runs)
      .set({ createdAt: new Date('2031-05-02T23:00:00Z') })
      .where(eq(runs.id, run))
    const { underWay, view } = await analyticsPage({ ctx, query })
    expect([view.ended, underWay?.id]).toEqual([0, run])
    expect((await analyticsPage({ ctx, query: { ...query, to: '2031-05-01' } })).underWay).toBeNull()
  })

  test('folded or not, the charts say the same', async () => {
    const before = await getAnalytics({ ctx, now })
    await ctx.db.execute(sql`select devpilot_fold_counts()`)
    expect(await getAnalytics({ ctx, now })).toEqual(before)
    expect(before.charts.filter(({ empty }) => empty).map(({ id }) => id)).toEqual([])
  })

  test('days and weeks of a whole month that is folded stand where they were, and are together what months say', async () => {
    const days = ['2024-02-02', '2024-02-14', '2024-02-29', '2024-03-31']
    for (const day of days) {
      const facts: [string, string, number, number][] = [['end', 'succeeded', 1, 7]]
      await ctx.db.insert(endChanges).values({ repositoryId: null, day, facts, by: 1 })
    }
    await ctx.db.execute(sql`select devpilot_fold_counts()`)
    const startsWith = async (period: Period) =>
      (await readFacts(ctx.db, period, null, { series: ['end'] }))
        .series('end')
        .map(({ start, n }) => [start, n])
        .sort()
    expect(await startsWith({ from: '2024-02-01', to: '2024-02-29', step: 'day' })).toEqual([
      ['2024-02-02', 1],
      ['2024-02-14', 1],
      ['2024-02-29', 1],
    ])
    expect(await startsWith({ from: '2024-01-15', to: '2024-04-10', step: 'week' })).toEqual([
      ['2024-01-29', 1],
      ['2024-02-12', 1],
      ['2024-02-26', 1],
      ['2024-03-25', 1],
    ])
    expect(await startsWith({ from: '2024-01-15', to: '2024-12-31', step: 'month' })).toEqual([
      ['2024-02-01', 3],
      ['2024-03-01', 1],
    ])
  })

  test('days, weeks and months hold the same runs, and so do the repositories together', async () => {
    const ended = async (input: Parameters<typeof getAnalytics>[0]['input']) =>
      (await getAnalytics({ ctx, now, ...(input ? { input } : {}) })).ended
    const all = await ended({ range: '30d' })
    expect(await ended({ range: '90d' })).toBe(all)
    expect(await ended({ range: '365d' })).toBe(all)
    const { items } = await listRepositories({ ctx })
    const each = await Promise.all(items.map(({ id }) => ended({ repository: id })))
    expect(each.reduce((a, b) => a + b, 0)).toBe(all)
  })

  test('Home’s median time to merge is that of the chart', async () => {
    const times = await mergeTimes({ ctx, days: 7, now })
    const { charts } = await getAnalytics({ ctx, input: { range: '7d' }, now })
    const rows = charts.find(({ id }) => id === 'cycle')?.rows ?? []
    const rounded = (value: number | null) => (value === null ? null : Math.round(value))
    expect(times.days.map(({ day, median }) => [day, rounded(median)])).toEqual(
      rows.map(({ cells }) => [cells.start, cells.p50]),
    )
    expect(times.median).toBeGreaterThan(0)
  })

  test('CSV and JSON are the table of the page', async () => {
    const { charts } = await getAnalytics({ ctx, now })
    for (const id of chartIds) {
      const chart = charts.find((one) => one.id === id)
      const json = JSON.parse((await exportChart({ ctx, input: { chart: id }, now })).text)
      expect(json).toMatchObject({ question: chart?.question, answer: chart?.answer })
      const rows = chart?.rows.map(({ cells }) => chart.columns.map(({ name }) => cells[name] ?? null))
      expect(
        json.rows.map((row: Record<string, unknown>) =>
          json.columns.map(({ name }: { name: string }) => row[name]),
        ),
      ).toEqual(rows)
      const { text, name } = await exportChart({ ctx, input: { chart: id, format: 'csv' }, now })
      expect(text.trimEnd().split('\r\n')).toHaveLength((rows?.length ?? 0) + 1)
      expect(name).toMatch(/^devpilot-.*\.csv$/)
    }
  })
})
