'use client'

import { CartesianGrid, Line, LineChart, Tooltip, XAxis, YAxis } from 'recharts'
import type { Chart } from '@/lib/services/analytics/view'
import { axisLook, timeTicks, valueLook } from './axes'
import { dataOf, unitOf } from './datum'
import { figure, shortDay, toneOf } from './figures'
import { EndLabels } from './labels'
import { Tip } from './tip'

const dashes = [undefined, '6 3', '2 3', '8 3 2 3']

export interface PlotProps {
  readonly chart: Chart
  readonly width: number
  readonly height: number
}

/** Lines over time; where a step holds nothing the line has a gap. */
export function PlotLines({ chart, width, height }: PlotProps) {
  const [data, unit] = [dataOf(chart), unitOf(chart)]
  const narrow = width < 440
  const ends = chart.series.flatMap(({ name, label, tone }) => {
    const value = data.map((row) => row[name]).findLast((one) => typeof one === 'number')
    if (typeof value !== 'number') return []
    return [{ name, tone, value, text: narrow ? figure(value, unit) : `${label} ${figure(value, unit)}` }]
  })
  const highest = Math.max(
    0,
    ...chart.series.flatMap(({ name }) => data.map((row) => Number(row[name] ?? 0))),
  )
  const ticks = unit === 'seconds' ? timeTicks(highest) : undefined
  const domain = unit === 'share' ? [0, 1] : unit === 'score' ? [0, 100] : [0, ticks?.at(-1) ?? 'auto']
  return (
    <LineChart
      width={width}
      height={height}
      data={data}
      margin={{ top: 8, right: narrow ? 52 : 156, bottom: 0, left: 0 }}
      aria-label={chart.question}
      desc={chart.answer}
    >
      <CartesianGrid vertical={false} stroke="var(--line)" />
      <XAxis {...axisLook} dataKey={chart.along} tickFormatter={shortDay} minTickGap={28} />
      <YAxis {...valueLook(unit)} domain={domain as [number, number]} {...(ticks ? { ticks } : {})} />
      <Tooltip
        filterNull={false}
        content={(tip) => <Tip tip={tip} columns={chart.columns} along={chart.along} />}
        isAnimationActive={false}
        cursor={{ stroke: 'var(--line-strong)' }}
      />
      {chart.series.map(({ name, label, tone }, index) => (
        <Line
          key={name}
          dataKey={name}
          name={label}
          stroke={toneOf(tone)}
          strokeWidth={1.75}
          {...(dashes[index] ? { strokeDasharray: dashes[index] } : {})}
          dot={
            data.length < 3
              ? { r: 3, fill: toneOf(tone) }
              : { r: 1.5, fill: toneOf(tone), strokeDasharray: '0' }
          }
          activeDot={{ r: 4 }}
          isAnimationActive={false}
        />
      ))}
      <EndLabels labels={ends} />
    </LineChart>
  )
}
