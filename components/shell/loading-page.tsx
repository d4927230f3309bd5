import type { ReactNode } from 'react'
import { Skeleton, SkeletonRows } from '@/components/ui/skeleton'

interface LoadingPageProps {
  /** What is loading, for those who do not see it. */
  readonly what?: string
  /** Instead of a list's rows. */
  readonly children?: ReactNode
}

/** Where a page is about to be: its bar, its body and its rows, each as large as they will be. */
export function LoadingPage({ what = 'Loading', children }: LoadingPageProps) {
  return (
    <>
      <div className="sticky top-0 z-20 flex h-12 shrink-0 items-center gap-2 border-b bg-bg px-4 md:px-6">
        <Skeleton className="h-4 w-28" />
        <Skeleton className="ml-auto h-8 w-8 lg:w-56" />
        <Skeleton className="h-8 w-9 sm:w-24" />
      </div>
      <main id="content" className="mx-auto w-full max-w-360 flex-1 px-4 py-5 md:px-6" aria-busy>
        <p role="status" className="sr-only">
          {what}
        </p>
        {children ?? (
          <div className="space-y-4">
            <div className="flex gap-2">
              <Skeleton className="h-8 w-40" />
              <Skeleton className="h-8 w-32" />
            </div>
            <SkeletonRows rows={14} />
          </div>
        )}
      </main>
    </>
  )
}
