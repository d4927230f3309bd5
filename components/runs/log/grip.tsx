'use client'

import type { KeyboardEvent, PointerEvent } from 'react'

export const smallest = 120
export const usual = 240

export const clampHeight = (value: number): number =>
  Math.max(smallest, Math.min(window.innerHeight * 0.75, value))

interface GripProps {
  readonly height: number
  readonly onResize: (height: number) => void
}

/** The edge that the log is resized by, with the pointer or the arrow keys. */
export function Grip({ height, onResize }: GripProps) {
  const onPointerMove = (event: PointerEvent<HTMLDivElement>) => {
    if (event.currentTarget.hasPointerCapture(event.pointerId))
      onResize(clampHeight(height - event.movementY))
  }
  const onKeyDown = (event: KeyboardEvent) => {
    const step = event.key === 'ArrowUp' ? 32 : event.key === 'ArrowDown' ? -32 : 0
    if (step === 0) return
    event.preventDefault()
    onResize(clampHeight(height + step))
  }
  return (
    // biome-ignore lint/a11y/useSemanticElements: a focusable separator with a value is what ARIA has for this
    <div
      role="separator"
      aria-orientation="horizontal"
      aria-label="Height of the log"
      aria-valuenow={Math.round(height)}
      aria-valuemin={smallest}
      aria-valuemax={2000}
      tabIndex={0}
      onPointerDown={(event) => event.currentTarget.setPointerCapture(event.pointerId)}
      onPointerMove={onPointerMove}
      onKeyDown={onKeyDown}
      className="absolute inset-x-0 -top-1 h-2 cursor-row-resize touch-none hover:bg-accent/40"
    />
  )
}
