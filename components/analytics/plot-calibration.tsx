'use client'

import { CartesianGrid, ReferenceLine, Scatter, ScatterChart, Tooltip, XAxis, YAxis, ZAxis } from 'recharts'
import { axisLook, valueLook } from './axes'
import { dataOf } from './datum'
import { figure, toneOf } from './figures'
import type { PlotProps } from './plot-lines'
import { Tip } from './tip'

const DRAWN = 'reviewer'

/** What was said against what came of it: on the line it was as sure as it should be, under it too sure. */
export function PlotCalibration({ chart, width, height }: PlotProps) {
  const data = dataOf(chart).filter((row) => row.agent === DRAWN)
  return (
    <ScatterChart
      width={width}
      height={height}
      margin={{ top: 8, right: 24, bottom: 16, left: 0 }}
      aria-label={chart.question}
      desc={chart.answer}
    >
      <CartesianGrid stroke="var(--line)" />
      <XAxis
        {...axisLook}
        type="number"
        dataKey="mean"
        domain={[0, 1]}
        tickCount={6}
        tickFormatter={(value: number) => figure(value, 'share')}
        label={{
          value: 'as sure as it said',
          position: 'insideBottom',
          offset: -12,
          fill: 'var(--muted)',
          fontSize: 12,
        }}
      />
      <YAxis {...valueLook('share')} type="number" dataKey="came" domain={[0, 1]} />
      <ZAxis type="number" dataKey="runs" range={[40, 400]} />
      <ReferenceLine
        segment={[
          { x: 0, y: 0 },
          { x: 1, y: 1 },
        ]}
        stroke="var(--line-strong)"
        strokeDasharray="4 4"
      />
      <Tooltip
        filterNull={false}
        content={(tip) => <Tip tip={tip} columns={chart.columns} along={chart.along} />}
        isAnimationActive={false}
        cursor={false}
      />
      <Scatter
        data={data}
        name="Merged as it was"
        fill={toneOf('green')}
        fillOpacity={0.8}
        isAnimationActive={false}
      />
    </ScatterChart>
  )
}
