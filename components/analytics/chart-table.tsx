import { clsx } from 'clsx'
import { Link } from '@/components/ui/link'
import { visible } from '@/lib/core/visible'
import type { Cell, Chart, Column } from '@/lib/services/analytics/view'
import { figure } from './figures'

/** The table behind a chart: the same figures, each with the runs that made it. */
export function ChartTable({ chart }: { readonly chart: Chart }) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard
    <div tabIndex={0} className="mt-2 max-h-96 overflow-auto rounded-md border">
      <table className="w-full text-sm">
        <caption className="sr-only">{chart.question}</caption>
        <thead className="sticky top-0 bg-surface text-left text-xs text-muted">
          <tr className="border-b">
            {chart.columns.map(({ name, label, unit }) => (
              <th
                key={name}
                scope="col"
                className={clsx('px-3 py-2 font-medium', isNumber(unit) && 'text-right')}
              >
                {label}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {chart.rows.map((row, index) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: rows are replaced as a whole and hold no state
            <tr key={index} className="border-b last:border-0 hover:bg-raised">
              {chart.columns.map((column) => (
                <td
                  key={column.name}
                  className={clsx(
                    'px-3 py-1.5',
                    isNumber(column.unit) && 'num text-right text-xs whitespace-nowrap',
                  )}
                >
                  <Figure
                    value={row.cells[column.name] ?? null}
                    column={column}
                    link={row.links[column.name]}
                  />
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  )
}

const isNumber = (unit: Column['unit']): boolean => unit !== 'text' && unit !== 'day'

interface FigureProps {
  readonly value: Cell
  readonly column: Column
  readonly link: string | undefined
}

/** The exact value stands in `data`, what people read inside it. */
function Figure({ value, column, link }: FigureProps) {
  const shown = <data value={value ?? ''}>{visible(figure(value, column.unit))}</data>
  if (link === undefined || value === null || value === 0) return shown
  return (
    <Link href={link} className="text-accent hover:underline" title="Show these runs">
      {shown}
    </Link>
  )
}
