'use client'

import { clsx } from 'clsx'
import { ChevronDown, ChevronUp, Radio } from 'lucide-react'
import { type KeyboardEvent, type PointerEvent, useEffect, useRef, useState } from 'react'
import { eventKinds } from '@/components/shell/live'
import { visibleOutput } from '@/lib/core/visible'
import { type RunEvent, runEventSchema } from '@/lib/services/views'
import { logText } from './log-line'

interface LogDockProps {
  readonly runId: string
  readonly initial: readonly RunEvent[]
  /** An ended run has no stream to follow. */
  readonly live: boolean
}

const kept = 1_000
const smallest = 96

/** The log of a run at the foot of its page: follows the stream, stays where the reader scrolled to. */
export function LogDock({ runId, initial, live }: LogDockProps) {
  const { events, connected } = useEvents(runId, initial, live)
  const [open, setOpen] = useState(live)
  const [height, setHeight] = useState<number | null>(null)
  const list = useRef<HTMLOListElement>(null)
  const follow = useRef(true)
  useEffect(() => {
    const element = list.current
    if (element && follow.current && events.length > 0) element.scrollTop = element.scrollHeight
  }, [events])
  const Toggle = open ? ChevronDown : ChevronUp
  return (
    <section
      aria-label="Live log"
      className="sticky bottom-14 z-20 border-t border-line-strong bg-surface md:bottom-0"
    >
      {open && <Grip height={height} onResize={setHeight} />}
      <button
        type="button"
        onClick={() => setOpen(!open)}
        aria-expanded={open}
        className="flex h-9 w-full items-center gap-2 px-4 text-sm md:px-6"
      >
        <Radio aria-hidden className={clsx('size-4', connected ? 'text-green' : 'text-faint')} />
        <span className="font-medium">Log</span>
        <span className="text-xs text-muted">
          {live ? (connected ? 'live' : 'connecting') : 'the run has ended'}, {events.length} lines
        </span>
        <span className="code ml-2 hidden min-w-0 truncate text-faint md:block">
          {!open && events.length > 0 ? visibleOutput(logText(events[events.length - 1] as RunEvent)) : ''}
        </span>
        <Toggle aria-hidden className="ml-auto size-4 text-muted" />
      </button>
      {open && (
        <ol
          ref={list}
          // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard
          tabIndex={0}
          onScroll={(event) => {
            const { scrollTop, scrollHeight, clientHeight } = event.currentTarget
            follow.current = scrollHeight - scrollTop - clientHeight < 24
          }}
          className="code h-44 overflow-auto border-t px-4 py-1.5 md:px-6"
          style={height === null ? undefined : { height }}
        >
          {events.map((event) => (
            <LogLine key={event.id} event={event} />
          ))}
          {events.length === 0 && <li className="py-2 text-faint">Nothing was logged yet.</li>}
        </ol>
      )}
    </section>
  )
}

const kindTones: Readonly<Record<RunEvent['kind'], string>> = {
  run: 'text-blue',
  bead: 'text-violet',
  turn: 'text-coder',
  tool: 'text-tester',
  log: 'text-faint',
  gate: 'text-amber',
  evidence: 'text-green',
  effect: 'text-orange',
}

function LogLine({ event }: { readonly event: RunEvent }) {
  return (
    <li id={`e${event.id}`} className="flex gap-3 target:bg-accent-tint">
      <a href={`#e${event.id}`} className="shrink-0 text-faint hover:text-accent">
        {event.at.slice(11, 19)}
      </a>
      <span className={clsx('w-18 shrink-0', kindTones[event.kind])}>{event.kind}</span>
      <span className="min-w-0 whitespace-pre-wrap">{visibleOutput(logText(event))}</span>
    </li>
  )
}

/** The events so far and those that come; the browser resumes a lost stream by the last id it saw. */
function useEvents(runId: string, initial: readonly RunEvent[], live: boolean) {
  const [events, setEvents] = useState(initial)
  const [connected, setConnected] = useState(false)
  const lastId = useRef(initial.at(-1)?.id ?? 0)
  useEffect(() => {
    if (!live) return
    const source = new EventSource(`/api/runs/${runId}/events?after=${lastId.current}`)
    const take = (message: MessageEvent<string>) => {
      const event = readEvent(message.data)
      if (!event || event.id <= lastId.current) return
      lastId.current = event.id
      setEvents((before) => [...before.slice(1 - kept), event])
    }
    for (const kind of eventKinds) source.addEventListener(kind, take)
    source.addEventListener('end', () => source.close())
    source.onopen = () => setConnected(true)
    source.onerror = () => setConnected(false)
    return () => source.close()
  }, [runId, live])
  return { events, connected: connected && live }
}

function readEvent(text: string): RunEvent | null {
  try {
    const parsed = runEventSchema.safeParse(JSON.parse(text))
    return parsed.success ? parsed.data : null
  } catch {
    return null
  }
}

interface GripProps {
  readonly height: number | null
  readonly onResize: (height: number) => void
}

/** The edge that the log is resized by, with the pointer or the arrow keys. */
function Grip({ height, onResize }: GripProps) {
  const current = height ?? 176
  const clamp = (value: number) => Math.max(smallest, Math.min(window.innerHeight * 0.7, value))
  const onPointerMove = (event: PointerEvent<HTMLDivElement>) => {
    if (!event.currentTarget.hasPointerCapture(event.pointerId)) return
    onResize(clamp(current - event.movementY))
  }
  const onKeyDown = (event: KeyboardEvent) => {
    const step = event.key === 'ArrowUp' ? 32 : event.key === 'ArrowDown' ? -32 : 0
    if (step === 0) return
    event.preventDefault()
    onResize(clamp(current + step))
  }
  return (
    // biome-ignore lint/a11y/useSemanticElements: a focusable separator with a value is what ARIA has for this
    <div
      role="separator"
      aria-orientation="horizontal"
      aria-label="Height of the log"
      aria-valuenow={Math.round(current)}
      aria-valuemin={smallest}
      tabIndex={0}
      onPointerDown={(event) => event.currentTarget.setPointerCapture(event.pointerId)}
      onPointerMove={onPointerMove}
      onKeyDown={onKeyDown}
      className="absolute inset-x-0 -top-1 h-2 cursor-row-resize touch-none hover:bg-accent/40"
    />
  )
}
