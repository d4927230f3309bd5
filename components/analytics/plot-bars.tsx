'use client'

import { Bar, BarChart, LabelList, Tooltip, XAxis, YAxis } from 'recharts'
import { visible } from '@/lib/core/visible'
import { axisLook } from './axes'
import { dataOf, unitOf } from './datum'
import { figure, toneOf } from './figures'
import type { PlotProps } from './plot-lines'
import { Tip } from './tip'

/** A letter of a name, in pixels, at the most that is usual. */
const LETTER = 6.2
/** Beside the names. */
const GAP = 20

/** A few names with a length each, the value written at its end. */
export function PlotBars({ chart, width, height }: PlotProps) {
  const [series] = chart.series
  if (!series) return null
  const unit = unitOf(chart)
  const data = dataOf(chart).filter((row) => typeof row[series.name] === 'number')
  // As wide as the longest name, up to half of the chart.
  const longest = Math.max(0, ...data.map((row) => visible(String(row[chart.along])).length))
  const names = Math.min(Math.round(width / 2), longest * LETTER + GAP)
  const room = Math.round((names - GAP) / LETTER)
  return (
    <BarChart
      layout="vertical"
      width={width}
      height={height}
      data={data}
      margin={{ top: 0, right: 64, bottom: 0, left: 0 }}
      aria-label={chart.question}
      desc={chart.answer}
    >
      <XAxis type="number" hide domain={unit === 'share' ? [0, 1] : [0, 'dataMax']} />
      <YAxis
        {...axisLook}
        type="category"
        dataKey={chart.along}
        width={names}
        interval={0}
        tickFormatter={(name: string) => short(visible(name), room)}
      />
      <Tooltip
        filterNull={false}
        content={(tip) => <Tip tip={tip} columns={chart.columns} along={chart.along} />}
        isAnimationActive={false}
        cursor={{ fill: 'var(--raised)' }}
      />
      <Bar
        dataKey={series.name}
        name={series.label}
        fill={toneOf(series.tone)}
        fillOpacity={0.85}
        maxBarSize={16}
        isAnimationActive={false}
      >
        <LabelList
          dataKey={series.name}
          position="right"
          fill="var(--ink)"
          fontSize={12}
          formatter={(value) => figure(typeof value === 'number' ? value : null, unit)}
        />
      </Bar>
    </BarChart>
  )
}

function short(text: string, room: number): string {
  return text.length > room ? `${text.slice(0, room - 1)}…` : text
}
