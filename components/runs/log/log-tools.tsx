'use client'

import { ChevronDown, ChevronUp, Copy, Download } from 'lucide-react'
import { type KeyboardEvent, useEffect, useState } from 'react'
import { Button, buttonClass } from '@/components/ui/button'
import { Choice } from '@/components/ui/choice'
import { inputClass } from '@/components/ui/field'
import { failed } from '@/components/ui/toast'
import { logLevels, runEventKinds } from '@/lib/core/names'
import { logTextHref } from './ask'
import { kindWord } from './log-row'
import type { LogPlace } from './use-log-url'

interface LogToolsProps {
  readonly runId: string
  readonly place: LogPlace
  readonly steps: readonly string[]
  readonly go: (part: Partial<LogPlace>, how: 'push' | 'replace') => void
  /** `3 of 120`, `none`, `1,000 or more`. */
  readonly matches: string
  readonly onStep: (by: 1 | -1) => void
  readonly onCopy: () => Promise<void>
}

const kinds = runEventKinds.map((id) => ({ id, name: kindWord(id) }))
const width = 'min-w-0 flex-1 sm:w-auto sm:max-w-36 sm:flex-none'

/** What is looked for and shown of the log, and ways to take it along. */
export function LogTools({ runId, place, steps, go, matches, onStep, onCopy }: LogToolsProps) {
  const [copied, setCopied] = useState(false)
  useEffect(() => {
    if (!copied) return
    const timer = setTimeout(() => setCopied(false), 1_500)
    return () => clearTimeout(timer)
  }, [copied])
  const { kind, level, step } = place
  return (
    <div className="flex flex-wrap items-center gap-2 border-t px-4 py-1.5 md:px-6">
      <div className="flex w-full items-center gap-2 sm:w-auto">
        <Search place={place} go={go} onStep={onStep} />
        <span className="flex">
          <Button look="quiet" aria-label="Match before" disabled={place.q === ''} onClick={() => onStep(-1)}>
            <ChevronUp aria-hidden className="size-4" />
          </Button>
          <Button look="quiet" aria-label="Next match" disabled={place.q === ''} onClick={() => onStep(1)}>
            <ChevronDown aria-hidden className="size-4" />
          </Button>
        </span>
        <span role="status" className="num min-w-16 text-xs text-muted">
          {matches}
        </span>
      </div>
      <div className="flex w-full gap-2 sm:w-auto">
        <Choice
          label="Kind"
          none="every kind"
          value={kind}
          options={kinds}
          onChange={(value) => go({ kind: value }, 'replace')}
          className={width}
        />
        <Choice
          label="Level"
          none="every level"
          value={level}
          options={logLevels}
          onChange={(value) => go({ level: value }, 'replace')}
          className={width}
        />
        <Choice
          label="Step"
          none="every step"
          value={step}
          options={steps}
          onChange={(value) => go({ step: value }, 'replace')}
          className={width}
        />
      </div>
      <span className="ml-auto hidden gap-1 sm:flex">
        <Button look="quiet" onClick={() => onCopy().then(() => setCopied(true), refused)}>
          <Copy aria-hidden className="size-3.5" />
          {copied ? 'Copied' : 'Copy what is in view'}
        </Button>
        <a href={logTextHref(runId, { kind, level, step })} download className={buttonClass('quiet')}>
          <Download aria-hidden className="size-3.5" />
          Download
        </a>
      </span>
    </div>
  )
}

type SearchProps = Pick<LogToolsProps, 'place' | 'go' | 'onStep'>

function Search({ place, go, onStep }: SearchProps) {
  const [text, setText] = useState(place.q)
  // Back and forward change what is searched, too.
  useEffect(() => setText(place.q), [place.q])
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key === 'Enter') onStep(event.shiftKey ? -1 : 1)
    else if (event.key === 'Escape') go({ q: '' }, 'replace')
    else return
    event.preventDefault()
  }
  return (
    <input
      type="search"
      aria-label="Search the log"
      placeholder="Search the log"
      value={text}
      maxLength={200}
      onChange={(event) => {
        setText(event.target.value)
        go({ q: event.target.value }, 'replace')
      }}
      onKeyDown={onKeyDown}
      className={`${inputClass} min-w-0 flex-1 sm:max-w-56 sm:flex-none`}
    />
  )
}

function refused(): void {
  failed({
    code: 'clipboard',
    message: 'The browser does not let the log be copied.',
    mend: 'Select the lines and copy them, or download the log.',
  })
}
