import { z } from 'zod'
import { authorise } from '../authorise'
import type { ServiceContext } from '../context'
import { csvLine } from '../csv'
import { parseInput } from '../parse'
import { chartIds } from './chart-ids'
import { chartOf, needsOf } from './charts'
import { factsOf, repositoryOf } from './get'
import { analyticsFields } from './input'

export const exportChartInput = z.strictObject({
  chart: z.enum(chartIds),
  format: z.enum(['csv', 'json']).default('json'),
  ...analyticsFields,
})

/**
 * The table behind one chart, exactly as the page shows it.
 * @returns its text, and the media type and name of the file
 * @throws AppError('bad_request' | 'not_found')
 */
export async function exportChart({
  ctx,
  input,
  now = new Date(),
}: {
  ctx: ServiceContext
  input: z.input<typeof exportChartInput>
  now?: Date
}): Promise<{ text: string; mediaType: string; name: string }> {
  authorise(ctx, 'read')
  const { chart: id, format, ...wanted } = parseInput(exportChartInput, input)
  const [facts] = await Promise.all([
    factsOf(ctx.db, wanted, now, needsOf[id]),
    repositoryOf(ctx.db, wanted.repository),
  ])
  const chart = chartOf(id, facts)
  const { columns, rows, question, answer, note } = chart
  const { from, to } = facts.period
  const name = `devpilot-${id}-${from}-${to}.${format}`
  const table = rows.map(({ cells }) => columns.map((column) => cells[column.name] ?? null))
  if (format === 'csv') {
    return {
      text: [columns.map(({ label }) => label), ...table].map(csvLine).join(''),
      mediaType: 'text/csv',
      name,
    }
  }
  const body = {
    chart: id,
    question,
    answer,
    note,
    from,
    to,
    repository: wanted.repository ?? null,
    columns,
    rows: rows.map(({ cells }) =>
      Object.fromEntries(columns.map((column) => [column.name, cells[column.name] ?? null])),
    ),
  }
  return { text: JSON.stringify(body), mediaType: 'application/json', name }
}
