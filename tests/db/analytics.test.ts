import { sql } from 'drizzle-orm'
import { beforeAll, expect, test } from 'vitest'
import { newId } from '@/lib/db/ids'
import { exportChart } from '@/lib/services/analytics/chart'
import { chartIds } from '@/lib/services/analytics/chart-ids'
import { getAnalytics } from '@/lib/services/analytics/get'
import { analyticsPage } from '@/lib/services/analytics/page'
import type { ServiceContext } from '@/lib/services/context'
import { listRepositories } from '@/lib/services/repositories/list'
import { describeDatabases } from '../support/database'
import { seed } from '../support/seed'
import { contextOf } from '../support/services'

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

  test('folded or not, the charts say the same', async () => {
    const before = await getAnalytics({ ctx, now })
    await ctx.db.execute(sql`select devpilot_fold_counts()`)
    expect(await getAnalytics({ ctx, now })).toEqual(before)
    expect(before.charts.filter(({ empty }) => empty).map(({ id }) => id)).toEqual([])
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
