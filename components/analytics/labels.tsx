'use client'

import { usePlotArea, useYAxisScale } from 'recharts'
import { toneOf } from './figures'

/** What is written beside the last point of a line. */
export interface EndLabel {
  readonly name: string
  readonly tone: string
  readonly value: number
  readonly text: string
}

/** Pixels between two labels, so that none lies on another. */
const LINE = 14

/** Names and last values at the lines' ends, moved apart where the lines end close to each other. */
export function EndLabels({ labels }: { readonly labels: readonly EndLabel[] }) {
  const area = usePlotArea()
  const scale = useYAxisScale()
  if (!area || !scale) return null
  const placed: (EndLabel & { y: number })[] = labels
    .map((label) => ({ ...label, y: scale(label.value) ?? area.y }))
    .sort((a, b) => a.y - b.y)
  for (const [index, label] of placed.entries()) {
    const above = placed[index - 1]
    if (above) label.y = Math.max(label.y, above.y + LINE)
  }
  const over = (placed.at(-1)?.y ?? 0) - (area.y + area.height)
  return (
    <g aria-hidden>
      {placed.map(({ name, tone, y, text }) => (
        <text
          key={name}
          x={area.x + area.width + 8}
          y={y - Math.max(0, over)}
          dominantBaseline="middle"
          fill={toneOf(tone)}
          fontSize={12}
        >
          {text}
        </text>
      ))}
    </g>
  )
}
