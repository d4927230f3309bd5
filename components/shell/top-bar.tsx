import { ChevronRight } from 'lucide-react'
import type { ReactNode } from 'react'
import { Link } from '@/components/ui/link'
import { visible } from '@/lib/core/visible'
import { HelpButton, NewRunButton, SearchButton } from './console'
import { LiveSign } from './live-sign'
import { Share } from './share'

export interface Crumb {
  readonly label: string
  readonly href?: string
}

/** Where I am, whether it is live, search, share, help, and a new run. */
export function TopBar({ crumbs }: { readonly crumbs: readonly Crumb[] }) {
  return (
    <header className="sticky top-0 z-20 flex h-12 shrink-0 items-center gap-2 border-b bg-bg px-4 md:px-6 print:static print:border-0">
      <nav aria-label="Breadcrumbs" className="min-w-0 flex-1">
        <ol className="flex min-w-0 items-center gap-1 text-sm">
          {crumbs.map((crumb, index) => {
            const last = index === crumbs.length - 1
            return (
              <li
                key={crumb.label}
                className={
                  last && index < 2 ? 'min-w-0 truncate' : `flex items-center gap-1 ${width(index, last)}`
                }
              >
                {crumb.href && !last ? (
                  <Link href={crumb.href} className="truncate text-muted hover:text-ink">
                    {visible(crumb.label)}
                  </Link>
                ) : (
                  <span aria-current={last ? 'page' : undefined} className="font-medium">
                    {visible(crumb.label)}
                  </span>
                )}
                {!last && <ChevronRight aria-hidden className="size-3.5 shrink-0 text-faint" />}
              </li>
            )
          })}
        </ol>
      </nav>
      <LiveSign />
      <SearchButton />
      <Share />
      <HelpButton />
      <NewRunButton />
    </header>
  )
}

/** Where there is no room, what stands between the first and the last is cut short. */
function width(index: number, last: boolean): string {
  return index === 0 || last ? 'shrink-0' : 'min-w-0'
}

/** A page below its bar. */
export function PageBody({ children }: { readonly children: ReactNode }) {
  return (
    <main
      id="content"
      tabIndex={-1}
      className="mx-auto w-full max-w-360 flex-1 px-4 py-5 outline-none md:px-6"
    >
      {children}
    </main>
  )
}

interface MainPageProps {
  readonly title: string
  readonly children: ReactNode
}

/** A page of the rail: its bar holds nothing but its name, which is its heading for who cannot see that. */
export function MainPage({ title, children }: MainPageProps) {
  return (
    <>
      <TopBar crumbs={[{ label: title }]} />
      <PageBody>
        <h1 className="sr-only">{title}</h1>
        {children}
      </PageBody>
    </>
  )
}
