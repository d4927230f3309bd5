import { clsx } from 'clsx'
import { Equal, type LucideIcon, Split } from 'lucide-react'

/** Whether two things are the same, as an icon; words stand beside it. */
export function Mark({ same, className }: { readonly same: boolean; readonly className?: string }) {
  const Icon: LucideIcon = same ? Equal : Split
  return (
    <Icon
      aria-hidden
      className={clsx('mt-0.5 size-4 shrink-0', same ? 'text-green' : 'text-orange', className)}
    />
  )
}
