import type { ReactNode } from 'react'

/** For the name in it: whole for as long as the line holds it. */
export const nameClass = 'max-w-full shrink-0 truncate font-medium'

interface NamedProps {
  /** With `nameClass`. */
  readonly name: ReactNode
  readonly more: ReactNode
}

/** A row's name, and beside it, in what room the name leaves, what is less. */
export function Named({ name, more }: NamedProps) {
  return (
    <span className="flex min-w-0 items-baseline">
      {name}
      <span className="min-w-0 truncate indent-2 text-xs text-faint">{more}</span>
    </span>
  )
}
