import { Unplug } from 'lucide-react'
import type { ReactNode } from 'react'

/** A sentence over every page, for as long as it holds. */
export function Banner({ children }: { readonly children: ReactNode }) {
  return (
    <p role="status" className="tone-amber tint flex items-start gap-2 px-4 py-2 text-sm md:px-6">
      <Unplug aria-hidden className="mt-0.5 size-4 shrink-0" />
      <span className="min-w-0">{children}</span>
    </p>
  )
}
