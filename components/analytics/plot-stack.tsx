'use client'

import { Bar, BarChart, CartesianGrid, Tooltip, XAxis, YAxis } from 'recharts'
import { axisLook, timeTicks, valueLook } from './axes'
import { dataOf, unitOf } from './datum'
import { shortDay, toneOf } from './figures'
import type { PlotProps } from './plot-lines'
import { Tip } from './tip'

/** Parts of a whole over time. */
export function PlotStack({ chart, width, height }: PlotProps) {
  const data = dataOf(chart)
  const sum = (row: (typeof data)[number]) =>
    chart.series.reduce((all, { name }) => all + Number(row[name] ?? 0), 0)
  const ticks = timeTicks(Math.max(0, ...data.map(sum)))
  return (
    <BarChart
      width={width}
      height={height}
      data={data}
      margin={{ top: 8, right: 8, bottom: 0, left: 0 }}
      aria-label={chart.question}
      desc={chart.answer}
    >
      <CartesianGrid vertical={false} stroke="var(--line)" />
      <XAxis {...axisLook} dataKey={chart.along} tickFormatter={shortDay} minTickGap={28} />
      <YAxis {...valueLook(unitOf(chart))} domain={[0, ticks.at(-1) ?? 'auto']} ticks={ticks} />
      <Tooltip
        filterNull={false}
        content={(tip) => <Tip tip={tip} columns={chart.columns} along={chart.along} />}
        isAnimationActive={false}
        cursor={{ fill: 'var(--raised)' }}
      />
      {chart.series.map(({ name, label, tone }) => (
        <Bar
          key={name}
          dataKey={name}
          name={label}
          stackId="all"
          fill={toneOf(tone)}
          stroke="var(--surface)"
          maxBarSize={28}
          isAnimationActive={false}
        />
      ))}
    </BarChart>
  )
}
