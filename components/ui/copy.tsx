'use client'

import { clsx } from 'clsx'
import { Check, Copy } from 'lucide-react'
import { useEffect, useState } from 'react'
import { copyText } from './copy-text'

/** Copies, and says so for a moment. Where the browser refuses, it shows the text to be copied by hand. */
function useCopied(text: string): readonly [boolean, () => void] {
  const [copied, setCopied] = useState(false)
  useEffect(() => {
    if (!copied) return
    const timer = setTimeout(() => setCopied(false), 1_500)
    return () => clearTimeout(timer)
  }, [copied])
  const copy = () => {
    copyText(text).then(
      () => setCopied(true),
      () => window.prompt('Copy this:', text),
    )
  }
  return [copied, copy]
}

/** A commit id: 7 characters, a click copies all of it. */
export function Sha({ value }: { readonly value: string }) {
  const [copied, copy] = useCopied(value)
  return (
    <button
      type="button"
      onClick={copy}
      title={copied ? 'Copied' : `Copy ${value}`}
      className={clsx(
        'num rounded bg-raised px-1 text-xs hover:text-accent print:inline!',
        copied && 'text-green',
      )}
    >
      <span className="sr-only">{copied ? '' : 'Copy commit '}</span>
      {copied ? 'copied' : value.slice(0, 7)}
    </button>
  )
}

/** A command to run in a terminal, with a button that copies it. */
export function Command({ text }: { readonly text: string }) {
  const [copied, copy] = useCopied(text)
  const Icon = copied ? Check : Copy
  return (
    <span className="inline-flex max-w-full items-center gap-2 rounded-md border bg-bg py-1 pr-1 pl-2.5">
      <code className="code min-w-0 text-left text-ink">{text}</code>
      <button
        type="button"
        onClick={copy}
        aria-label={copied ? 'Copied' : `Copy ${text}`}
        className="rounded p-1 text-muted hover:bg-raised hover:text-ink"
      >
        <Icon aria-hidden className="size-3.5" />
      </button>
    </span>
  )
}
