'use client'

import dynamic from 'next/dynamic'
import { useEffect, useRef, useState } from 'react'
import type { Chart } from '@/lib/services/analytics/view'

/** Recharts is most of a page's script: it comes after the page, and to no other one. */
const Plot = dynamic(() => import('./plot'), { ssr: false })

/** Draws a chart once it is near the window. Its place is kept, so that nothing jumps. */
export function LazyPlot({ chart }: { readonly chart: Chart }) {
  const place = useRef<HTMLDivElement>(null)
  const [near, setNear] = useState(false)
  useEffect(() => {
    const { current } = place
    if (!current) return
    const watch = new IntersectionObserver(([entry]) => entry?.isIntersecting && setNear(true), {
      rootMargin: '400px',
    })
    watch.observe(current)
    return () => watch.disconnect()
  }, [])
  const height = heightOf(chart)
  return (
    <div ref={place} className="w-full text-muted" style={{ height }} data-chart={chart.id}>
      {near && <Plot chart={chart} height={height} />}
    </div>
  )
}

function heightOf({ shape, rows }: Chart): number {
  return shape === 'bars' ? Math.max(2, rows.length) * 26 + 8 : 220
}
