import type { ReactNode } from 'react'
import { BottomBar } from './bottom-bar'
import { ConsoleProvider, type Reader } from './console'
import type { Health, RepositoryChoice, SearchAction, SignOutAction } from './console-types'
import { Live } from './live'
import { Rail } from './rail'

/** What the frame itself shows. */
export interface Frame {
  readonly who: string
  readonly gatesWaiting: number
  readonly repositories: readonly RepositoryChoice[]
  readonly health: readonly Health[]
  readonly railNarrow: boolean
  readonly reader: Reader
  /** What is not well with the whole of it; null: nothing. */
  readonly trouble: string | null
}

interface ShellProps {
  readonly children: ReactNode
  readonly frame: Frame
  readonly search: SearchAction
  readonly signOut: SignOutAction
}

/** The frame of every page of the console: rail, or bottom bar on a phone, and what opens over the page. */
export function Shell({ children, frame, search, signOut }: ShellProps) {
  const { who, gatesWaiting, repositories, health, railNarrow, reader, trouble } = frame
  return (
    <ConsoleProvider search={search} signOut={signOut} repositories={repositories} who={who} reader={reader}>
      <a
        href="#content"
        className="sr-only focus:not-sr-only focus:fixed focus:top-2 focus:left-2 focus:z-50 focus:rounded-md focus:bg-surface focus:px-3 focus:py-2"
      >
        Skip to the content
      </a>
      <div className="flex min-h-dvh">
        <Rail
          who={who}
          gatesWaiting={gatesWaiting}
          repositories={repositories}
          health={health}
          narrow={railNarrow}
          signOut={signOut}
        />
        <div className="flex min-w-0 flex-1 flex-col pb-(--bottom-bar) md:pb-0 print:pb-0">
          <Live url="/api/events?view=brief" trouble={trouble} />
          {children}
        </div>
      </div>
      <BottomBar gatesWaiting={gatesWaiting} />
    </ConsoleProvider>
  )
}
