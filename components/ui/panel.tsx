import { clsx } from 'clsx'
import type { ReactNode } from 'react'

interface SectionProps {
  readonly title: string
  readonly id?: string
  readonly aside?: ReactNode
  readonly children: ReactNode
  readonly className?: string
}

/** A titled part of a page. */
export function Section({ title, id, aside, children, className }: SectionProps) {
  return (
    <section id={id} aria-label={title} className={clsx('scroll-mt-16', className)}>
      <div className="mb-2 flex min-h-7 flex-wrap items-center justify-between gap-x-4 gap-y-1">
        <h2 className="text-sm font-semibold">{title}</h2>
        {aside && <div className="text-sm text-muted">{aside}</div>}
      </div>
      {children}
    </section>
  )
}

/** A name and its value, in a row of such pairs. */
export function Fact({
  label,
  wide = false,
  children,
}: {
  readonly label: string
  /** Over the whole width of the list. */
  readonly wide?: boolean
  readonly children: ReactNode
}) {
  return (
    <div className={wide ? 'col-span-full min-w-0' : 'min-w-0'}>
      <dt className="text-xs text-faint">{label}</dt>
      <dd className="mt-0.5 text-sm">{children}</dd>
    </div>
  )
}

/** What stands where a list would be. It says what to do next. */
export function Empty({ title, children }: { readonly title: string; readonly children?: ReactNode }) {
  return (
    <div className="flex flex-col items-center gap-3 rounded-lg border border-dashed px-6 py-10 text-center">
      <p className="font-medium">{title}</p>
      {children && <div className="max-w-prose text-sm text-muted">{children}</div>}
    </div>
  )
}

/** Something that went wrong: what, and the next thing to do. */
export function Problem({ message, mend }: { readonly message: string; readonly mend?: string | undefined }) {
  return (
    <div role="alert" className="tone-red tint rounded-md border border-current px-3 py-2 text-sm">
      <p className="font-medium wrap-anywhere whitespace-pre-wrap">{message}</p>
      {mend && <p className="mt-0.5 wrap-anywhere whitespace-pre-wrap text-ink">{mend}</p>}
    </div>
  )
}

/** Text of a program or a model, as it is, in its own scrolling box. */
export function Pre({ text, className }: { readonly text: string; readonly className?: string }) {
  return (
    <pre
      // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard
      tabIndex={0}
      className={clsx(
        'code max-h-96 overflow-auto rounded-md border bg-bg px-3 py-2 whitespace-pre-wrap',
        className,
      )}
    >
      {text}
    </pre>
  )
}
