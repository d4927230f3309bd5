import { CircleX } from 'lucide-react'
import { visible } from '@/lib/core/visible'

/** What is wrong with a field, right below it. */
export function FieldProblem({ id, message }: { readonly id: string; readonly message: string | null }) {
  if (message === null) return null
  return (
    <p id={id} className="tone-red mt-1 flex items-start gap-1.5 text-xs">
      <CircleX aria-hidden className="mt-px size-3.5 shrink-0" />
      {visible(message)}
    </p>
  )
}
