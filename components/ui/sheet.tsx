'use client'

import { clsx } from 'clsx'
import { X } from 'lucide-react'
import { Dialog as Radix } from 'radix-ui'
import type { ReactNode } from 'react'
import { useFocusBack } from './focus-back'
import { overlayClass } from './overlay'

const sides = {
  bottom: 'inset-x-0 bottom-0 max-h-[85dvh] rounded-t-xl border-t pb-[env(safe-area-inset-bottom)]',
  right: 'inset-y-0 right-0 w-[min(480px,100vw)] border-l',
  left: 'inset-y-0 left-0 w-[min(320px,85vw)] border-r',
} as const

interface SheetProps {
  readonly open: boolean
  readonly onClose: () => void
  readonly title: string
  readonly side?: keyof typeof sides
  readonly children: ReactNode
}

/** A modal that comes from an edge: a phone's menu, or what is told of a row beside its list. Focus goes back as with Dialog. */
export function Sheet({ open, onClose, title, side = 'bottom', children }: SheetProps) {
  const back = useFocusBack(open)
  return (
    <Radix.Root open={open} onOpenChange={(next) => !next && onClose()}>
      <Radix.Portal>
        <Radix.Overlay className={overlayClass} />
        <Radix.Content
          {...back}
          aria-describedby={undefined}
          className={clsx(
            'appear fixed z-50 flex flex-col border-line-strong bg-surface outline-none',
            sides[side],
          )}
        >
          <div className="flex items-center justify-between gap-3 px-4 pt-3">
            <Radix.Title className="text-md font-semibold">{title}</Radix.Title>
            <Radix.Close
              aria-label="Close"
              className="-mr-2 rounded p-3 text-muted hover:bg-raised hover:text-ink"
            >
              <X aria-hidden className="size-4" />
            </Radix.Close>
          </div>
          <div className="min-h-0 flex-1 overflow-y-auto px-4 pb-4">{children}</div>
        </Radix.Content>
      </Radix.Portal>
    </Radix.Root>
  )
}
