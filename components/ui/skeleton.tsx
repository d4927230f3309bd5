import { clsx } from 'clsx'

/** A place that something is about to stand in; as large as that, so that nothing jumps. */
export function Skeleton({ className }: { readonly className?: string }) {
  return <span aria-hidden className={clsx('block rounded bg-raised', className ?? 'h-4 w-full')} />
}

interface SkeletonRowsProps {
  readonly rows?: number
  /** 36 px, a row of a table, unless stated. */
  readonly rowClass?: string
}

/** Rows of a list that is on its way. */
export function SkeletonRows({ rows = 10, rowClass = 'h-9' }: SkeletonRowsProps) {
  return (
    <div aria-hidden className="divide-y rounded-lg border">
      {Array.from({ length: rows }, (_, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: rows that hold nothing have nothing else to be known by
        <div key={index} className={clsx('flex items-center gap-4 px-3', rowClass)}>
          <Skeleton className="size-4 shrink-0" />
          <Skeleton className="h-3 w-2/5" />
          <Skeleton className="ml-auto h-3 w-24" />
          <Skeleton className="hidden h-3 w-16 sm:block" />
        </div>
      ))}
    </div>
  )
}
