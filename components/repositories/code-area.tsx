'use client'

import { clsx } from 'clsx'
import type { Ref } from 'react'
import type { ConfigProblem } from '@/lib/core/config-problem'

interface CodeAreaProps {
  readonly id: string
  readonly label: string
  readonly value: string
  readonly onChange: (text: string) => void
  readonly problems: readonly ConfigProblem[]
  /** The element that says what is wrong with it. */
  readonly describedBy: string
  readonly ref: Ref<HTMLTextAreaElement>
}

/** A text area with line numbers beside it; the lines that something is wrong with are marked. Tab leaves it. */
export function CodeArea({ id, label, value, onChange, problems, describedBy, ref }: CodeAreaProps) {
  const lines = value.split('\n').length
  const wrong = new Set(problems.map(({ line }) => line))
  return (
    <div className="max-h-[70dvh] min-h-72 overflow-auto rounded-lg border border-control bg-surface focus-within:outline-2 focus-within:outline-accent">
      <div className="flex min-w-max">
        <div
          aria-hidden
          className="code sticky left-0 border-r bg-raised py-2 text-right text-faint select-none"
        >
          {Array.from({ length: lines }, (_, index) => index + 1).map((line) => (
            <div
              key={line}
              className={clsx(
                'min-w-12 px-2 whitespace-nowrap',
                wrong.has(line) && 'tone-red tint font-semibold',
              )}
            >
              {wrong.has(line) ? `● ${line}` : line}
            </div>
          ))}
        </div>
        <textarea
          id={id}
          ref={ref}
          aria-label={label}
          aria-invalid={problems.length > 0}
          aria-describedby={describedBy}
          value={value}
          onChange={(event) => onChange(event.target.value)}
          rows={lines}
          wrap="off"
          spellCheck={false}
          autoCapitalize="off"
          autoComplete="off"
          autoCorrect="off"
          className="code block w-full min-w-[40rem] resize-none overflow-hidden bg-transparent px-3 py-2 whitespace-pre outline-none"
        />
      </div>
    </div>
  )
}
