'use client'

import { clsx } from 'clsx'
import { CircleX, TriangleAlert } from 'lucide-react'
import { memo } from 'react'
import { absolute, clock } from '@/components/format'
import { useZone } from '@/components/ui/times'
import { visible } from '@/lib/core/visible'
import type { LogLine } from '@/lib/services/views/log'
import { type Span, toSpans } from './ansi'
import { lineHref } from './use-log-url'

const kindTones: Readonly<Record<LogLine['kind'], string>> = {
  run: 'text-blue',
  bead: 'text-violet',
  turn: 'text-coder',
  tool: 'text-tester',
  log: 'text-faint',
  gate: 'text-amber',
  evidence: 'text-green',
  effect: 'text-orange',
}

/** What people read: a bead is one try of a step. */
export function kindWord(kind: LogLine['kind']): string {
  return kind === 'bead' ? 'step' : kind
}

interface LogRowProps {
  readonly line: LogLine
  /** The step that said it. */
  readonly step: string
  readonly marked: boolean
  /** The match that "next" and "previous" stand at. */
  readonly current: boolean
  readonly q: string
  readonly onMark: (line: number) => void
  readonly onOpen: (line: number) => void
}

/** One line: number, time, what said it, and its words. */
export const LogRow = memo(function LogRow(props: LogRowProps) {
  const { line, step, marked, current, q, onMark, onOpen } = props
  const zone = useZone()
  const at = Date.parse(line.at)
  return (
    <div
      data-line={line.n}
      aria-current={marked ? 'true' : undefined}
      className={clsx(
        'flex h-6 w-max min-w-full items-center pr-4 whitespace-pre',
        marked ? 'bg-accent-tint' : current ? 'bg-raised' : 'hover:bg-raised',
      )}
    >
      <a
        href={lineHref(line.n)}
        aria-label={`Line ${line.n}`}
        onClick={(event) => {
          if (event.metaKey || event.ctrlKey || event.shiftKey) return
          event.preventDefault()
          onMark(line.n)
        }}
        className={clsx(
          'sticky left-0 w-16 shrink-0 self-stretch bg-surface pr-3 text-right leading-6 hover:text-accent',
          marked ? 'font-semibold text-accent' : 'text-faint',
        )}
      >
        {line.n}
      </a>
      <time dateTime={line.at} title={absolute(at, zone)} className="w-19 shrink-0 text-faint">
        {clock(at, zone)}
      </time>
      <span className={clsx('hidden w-18 shrink-0 sm:inline', kindTones[line.kind])}>
        {kindWord(line.kind)}
      </span>
      <span className="hidden w-24 shrink-0 truncate pr-2 text-muted md:inline">{visible(step)}</span>
      <Level level={line.level} />
      <span dir="auto">
        {toSpans(line.text).map((span, index) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: the spans of a line never change
          <Piece key={index} span={span} q={q} />
        ))}
      </span>
      {line.length > line.text.length && (
        <button
          type="button"
          onClick={() => onOpen(line.n)}
          className="ml-2 rounded bg-raised px-1.5 text-accent hover:underline"
        >
          Show more of {line.length.toLocaleString('en')} characters
        </button>
      )}
    </div>
  )
})

function Level({ level }: { readonly level: LogLine['level'] }) {
  if (level === 'info') return null
  const Icon = level === 'error' ? CircleX : TriangleAlert
  return (
    <span className={clsx('mr-1.5 shrink-0', level === 'error' ? 'text-red' : 'text-amber')}>
      <Icon aria-hidden className="size-3.5" />
      <span className="sr-only">{level}: </span>
    </span>
  )
}

/** A span with the searched words marked in it. */
export function Piece({ span, q }: { readonly span: Span; readonly q: string }) {
  return <span className={span.className || undefined}>{q === '' ? span.text : marked(span.text, q)}</span>
}

/** Beyond so many marks a line is all marks. */
const MOST_MARKS = 50

function marked(text: string, q: string) {
  const lower = text.toLowerCase()
  const words = q.toLowerCase()
  const parts = []
  let from = 0
  for (
    let at = lower.indexOf(words);
    at !== -1 && parts.length < MOST_MARKS;
    at = lower.indexOf(words, from)
  ) {
    parts.push(
      text.slice(from, at),
      <mark key={at} className="rounded-xs bg-accent-fill text-white">
        {text.slice(at, at + words.length)}
      </mark>,
    )
    from = at + words.length
  }
  return [...parts, text.slice(from)]
}
