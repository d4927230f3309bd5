'use client'

import { useVirtualizer } from '@tanstack/react-virtual'
import { ArrowDown } from 'lucide-react'
import { useEffect, useImperativeHandle, useLayoutEffect, useRef, useState } from 'react'
import { Button } from '@/components/ui/button'
import { LogRow } from './log-row'
import type { LogStore } from './store'

/** As high as a finger needs: each has a link. */
const rowHeight = 24
/** A browser gives an element no more height than some 30 million pixels; the rest is reached by filter and search. */
const MOST_ROWS = 1_000_000

export interface LogListHandle {
  /** Brings a line, or the next one that is shown, into the middle. */
  readonly reveal: (line: number) => void
  /** The lines in view, as text. */
  readonly text: () => string
  /** The number of the line at the top. */
  readonly top: () => number
}

interface LogListProps {
  readonly store: LogStore
  /** Grows with every change of the store: what it holds is its own. */
  readonly version: number
  readonly live: boolean
  readonly marked: number | null
  readonly current: number | null
  readonly q: string
  readonly height: number
  readonly steps: ReadonlyMap<string, string>
  readonly onMark: (line: number) => void
  readonly onOpen: (line: number) => void
  readonly handle: React.RefObject<LogListHandle | null>
}

/** The window over the log. It follows the end until the reader scrolls up, and goes on when asked to. */
export function LogList(props: LogListProps) {
  const { store, version, live, marked, current, q, height, steps, onMark, onOpen, handle } = props
  const scroller = useRef<HTMLDivElement>(null)
  const count = Math.min(store.map.count, MOST_ROWS)
  const [following, setFollowing] = useState(marked === null)
  const virtual = useVirtualizer({
    count,
    getScrollElement: () => scroller.current,
    estimateSize: () => rowHeight,
    overscan: 12,
    useFlushSync: false,
  })
  const items = virtual.getVirtualItems()
  const first = items[0]?.index ?? 0
  const last = items.at(-1)?.index ?? 0
  // biome-ignore lint/correctness/useExhaustiveDependencies: a new version may have forgotten or failed what is in view
  useEffect(() => {
    if (count === 0) return
    // A flung list passes what nobody reads.
    const timer = setTimeout(() => store.want(first, last), 40)
    return () => clearTimeout(timer)
  }, [store, version, first, last, count])
  // biome-ignore lint/correctness/useExhaustiveDependencies: the end moves with the count and the height
  useLayoutEffect(() => {
    const element = scroller.current
    if (element && following) element.scrollTop = element.scrollHeight
  }, [following, count, height])
  const shown = () => {
    const element = scroller.current
    if (!element) return { from: 0, to: 0 }
    const from = Math.floor(element.scrollTop / rowHeight)
    return { from, to: Math.min(count, from + Math.ceil(element.clientHeight / rowHeight)) }
  }
  useImperativeHandle(handle, () => ({
    reveal: (line) => {
      setFollowing(false)
      virtual.scrollToIndex(Math.min(store.map.indexFrom(line), count - 1), { align: 'center' })
    },
    text: () => {
      const { from, to } = shown()
      const lines = Array.from({ length: to - from }, (_, at) => store.row(from + at)?.text ?? '')
      return lines.join('\n')
    },
    top: () => store.map.lineAt(shown().from) ?? 1,
  }))
  return (
    <div className="relative border-t">
      <section
        ref={scroller}
        // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard
        tabIndex={0}
        aria-label={`Lines of the log, ${count.toLocaleString('en')} in all`}
        onScroll={(event) => {
          const { scrollTop, scrollHeight, clientHeight } = event.currentTarget
          setFollowing(scrollHeight - scrollTop - clientHeight < rowHeight * 1.5)
        }}
        className="code overflow-auto overscroll-contain"
        style={{ height }}
      >
        <div className="relative w-full" style={{ height: virtual.getTotalSize() }}>
          {items.map(({ index, start }) => {
            const line = store.row(index)
            return (
              <div
                key={index}
                className="absolute top-0 left-0 h-6 w-max min-w-full"
                style={{ transform: `translateY(${start}px)` }}
              >
                {line ? (
                  <LogRow
                    line={line}
                    step={steps.get(line.bead ?? '') ?? ''}
                    marked={line.n === marked}
                    current={line.n === current}
                    q={q}
                    onMark={onMark}
                    onOpen={onOpen}
                  />
                ) : (
                  <div aria-hidden className="h-6 pl-19 text-faint">
                    …
                  </div>
                )}
              </div>
            )
          })}
        </div>
      </section>
      {!following && count > 0 && (
        <Button
          onClick={() => setFollowing(true)}
          className="absolute right-5 bottom-3 border-line-strong"
          look="plain"
        >
          <ArrowDown aria-hidden className="size-3.5" />
          {live ? 'Follow the log' : 'Go to the end'}
        </Button>
      )}
    </div>
  )
}
