import type { ReactNode } from 'react'
import { ConsoleProvider } from './console'
import type { NewRunAction, SearchAction, SignOutAction } from './console-types'
import { Live } from './live'
import { BottomBar, Rail } from './rail'

interface ShellProps {
  readonly children: ReactNode
  readonly who: string
  /** What is not well with the whole of it; null: nothing. */
  readonly trouble: string | null
  readonly gatesWaiting: number
  readonly search: SearchAction
  readonly startRun: NewRunAction
  readonly signOut: SignOutAction
}

/** The frame of every page of the console: rail, or bottom bar on a phone, and what opens over the page. */
export function Shell({ children, who, trouble, gatesWaiting, search, startRun, signOut }: ShellProps) {
  return (
    <ConsoleProvider search={search} startRun={startRun}>
      <a
        href="#content"
        className="sr-only focus:not-sr-only focus:fixed focus:top-2 focus:left-2 focus:z-50 focus:rounded-md focus:bg-surface focus:px-3 focus:py-2"
      >
        Skip to the content
      </a>
      <div className="flex min-h-dvh">
        <Rail who={who} gatesWaiting={gatesWaiting} signOut={signOut} />
        <div className="flex min-w-0 flex-1 flex-col pb-14 md:pb-0">
          <Live url="/api/events" trouble={trouble} />
          {children}
        </div>
      </div>
      <BottomBar gatesWaiting={gatesWaiting} />
    </ConsoleProvider>
  )
}
