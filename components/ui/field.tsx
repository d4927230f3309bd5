import { clsx } from 'clsx'
import type { ReactNode } from 'react'

/** The classes of an input, a select or a text area. */
export const inputClass = clsx(
  'h-8 w-full rounded-md border border-control bg-bg px-2.5 text-sm text-ink placeholder:text-faint',
)
/** With room for the arrow, which lies over the text. */
export const selectClass = clsx(inputClass, 'truncate pr-7')
export const areaClass = clsx(
  'w-full rounded-md border border-control bg-bg px-2.5 py-1.5 text-sm text-ink placeholder:text-faint',
)

interface FieldProps {
  readonly label: string
  readonly htmlFor: string
  readonly hint?: string
  readonly children: ReactNode
}

export function Field({ label, htmlFor, hint, children }: FieldProps) {
  return (
    <div>
      <label htmlFor={htmlFor} className="mb-1 block text-sm font-medium">
        {label}
      </label>
      {children}
      {hint && <p className="mt-1 text-xs text-muted">{hint}</p>}
    </div>
  )
}
