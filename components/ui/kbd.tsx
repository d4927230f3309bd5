import type { ReactNode } from 'react'

export function Kbd({ children }: { readonly children: ReactNode }) {
  return (
    <kbd className="num inline-flex h-5 min-w-5 items-center justify-center rounded border border-line-strong bg-raised px-1 text-xs text-muted">
      {children}
    </kbd>
  )
}
