'use client'

import { useEffect, useRef, useState } from 'react'
import type { Chart } from '@/lib/services/analytics/view'
import { PlotBars } from './plot-bars'
import { PlotCalibration } from './plot-calibration'
import { PlotLines } from './plot-lines'
import { PlotStack } from './plot-stack'

const plots = { lines: PlotLines, stack: PlotStack, bars: PlotBars, calibration: PlotCalibration } as const

/** A chart as wide as its place. Loaded apart from the page, which is complete without it. */
export default function Plot({ chart, height }: { readonly chart: Chart; readonly height: number }) {
  const place = useRef<HTMLDivElement>(null)
  const [width, setWidth] = useState(0)
  useEffect(() => {
    const { current } = place
    if (!current) return
    const watch = new ResizeObserver(([entry]) => setWidth(Math.floor(entry?.contentRect.width ?? 0)))
    watch.observe(current)
    return () => watch.disconnect()
  }, [])
  const Drawing = plots[chart.shape]
  return (
    <div ref={place} className="w-full" style={{ height }}>
      {width > 0 && <Drawing chart={chart} width={width} height={height} />}
    </div>
  )
}
