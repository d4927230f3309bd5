import type { Chart } from '@/lib/services/analytics/view'
import { ChartDetails } from './chart-details'
import { toneOf } from './figures'
import { LazyPlot } from './lazy-plot'

interface ChartPanelProps {
  readonly chart: Chart
  /** The query of the page, for the files. */
  readonly query: Readonly<Record<string, string>>
}

/** A question, its answer, the drawing, and the figures behind it. */
export function ChartPanel({ chart, query }: ChartPanelProps) {
  return (
    <section
      id={chart.id}
      aria-labelledby={`${chart.id}-question`}
      className="flex min-w-0 scroll-mt-16 flex-col rounded-lg border bg-surface p-4"
    >
      <h2 id={`${chart.id}-question`} className="text-md font-semibold">
        {chart.question}
      </h2>
      <p className="mt-1 mb-3 max-w-prose">{chart.answer}</p>
      {!chart.empty && (
        <div className="@container">
          {(chart.shape === 'stack' || chart.shape === 'lines') && <Key chart={chart} />}
          <LazyPlot chart={chart} />
        </div>
      )}
      {chart.note && <p className="mt-3 max-w-prose text-xs text-muted">{chart.note}</p>}
      <div className="mt-auto pt-3">
        <ChartDetails chart={chart} query={query} />
      </div>
    </section>
  )
}

/** What the colours mean, where there is no room to write it at the lines, or nowhere to write it. */
function Key({ chart }: { readonly chart: Chart }) {
  return (
    <ul
      className={`mb-1 flex flex-wrap gap-x-4 text-xs text-muted ${chart.shape === 'lines' ? '@min-[440px]:hidden' : ''}`}
    >
      {chart.series.map(({ name, label, tone }) => (
        <li key={name} className="flex items-center gap-1.5">
          <span aria-hidden className="size-2 rounded-xs" style={{ background: toneOf(tone) }} />
          {label}
        </li>
      ))}
    </ul>
  )
}
