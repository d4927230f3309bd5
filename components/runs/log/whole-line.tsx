'use client'

import { Download, X } from 'lucide-react'
import { useEffect, useState } from 'react'
import { buttonClass } from '@/components/ui/button'
import { Problem } from '@/components/ui/panel'
import type { LogLine } from '@/lib/services/views/log'
import { MOST_SHOWN, toSpans } from './ansi'
import { logRoutes, logTextHref } from './ask'
import { Piece } from './log-row'

interface WholeLineProps {
  readonly runId: string
  readonly n: number
  readonly onClose: () => void
}

/** More of a long line, broken where the window ends: its first 100,000 characters; all of it is in the file. */
export function WholeLine({ runId, n, onClose }: WholeLineProps) {
  const [line, setLine] = useState<LogLine | null>(null)
  const [error, setError] = useState<string | null>(null)
  useEffect(() => {
    const request = new AbortController()
    logRoutes(runId)
      .page({ from: n, limit: 1, chars: MOST_SHOWN }, request.signal)
      .then(
        (page) => setLine(page.lines[0] ?? null),
        (thrown: unknown) => !request.signal.aborted && setError(String(thrown)),
      )
    return () => request.abort()
  }, [runId, n])
  const cut = line !== null && line.length > line.text.length
  return (
    <section aria-label={`Line ${n}`} className="border-t bg-bg px-4 py-2 md:px-6">
      <div className="flex flex-wrap items-center gap-3 text-xs text-muted">
        <span className="font-medium text-ink">Line {n}</span>
        {line && (
          <span>
            {cut ? `the first ${line.text.length.toLocaleString('en')} of ` : ''}
            {line.length.toLocaleString('en')} characters
          </span>
        )}
        <a href={logTextHref(runId, { from: n, limit: 1 })} download className={buttonClass('quiet')}>
          <Download aria-hidden className="size-3.5" />
          Download this line
        </a>
        <button
          type="button"
          onClick={onClose}
          aria-label="Close the line"
          className="ml-auto p-1 hover:text-ink"
        >
          <X aria-hidden className="size-4" />
        </button>
      </div>
      {error && <Problem message={error} />}
      <pre
        // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard
        tabIndex={0}
        className="code mt-1 h-40 overflow-auto break-all whitespace-pre-wrap"
      >
        {line === null
          ? 'Loading'
          : toSpans(line.text).map((span, index) => (
              // biome-ignore lint/suspicious/noArrayIndexKey: the spans of a line never change
              <Piece key={index} span={span} q="" />
            ))}
      </pre>
    </section>
  )
}
