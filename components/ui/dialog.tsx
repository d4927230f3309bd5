'use client'

import { clsx } from 'clsx'
import { X } from 'lucide-react'
import { Dialog as Radix } from 'radix-ui'
import { type ReactNode, useEffect, useRef } from 'react'
import { useFocusBack } from './focus-back'
import { overlayClass } from './overlay'

interface DialogProps {
  readonly open: boolean
  readonly onClose: () => void
  readonly title: string
  readonly children: ReactNode
  readonly className?: string
  /** The title is read but not drawn. */
  readonly hideTitle?: boolean
}

/**
 * A modal: focus is kept in, Escape and a press outside close, focus goes back to where it was. What has
 * `data-autofocus` has the focus first.
 */
export function Dialog({ open, onClose, title, children, className, hideTitle = false }: DialogProps) {
  const content = useRef<HTMLDivElement>(null)
  const back = useFocusBack(open)
  useBackGesture(open, onClose)
  return (
    <Radix.Root open={open} onOpenChange={(next) => !next && onClose()}>
      <Radix.Portal>
        <Radix.Overlay className={overlayClass} />
        <Radix.Content
          ref={content}
          onCloseAutoFocus={back.onCloseAutoFocus}
          aria-describedby={undefined}
          onOpenAutoFocus={(event) => {
            back.onOpenAutoFocus(event)
            const first = content.current?.querySelector<HTMLElement>('[data-autofocus]')
            if (!first) return
            event.preventDefault()
            first.focus()
          }}
          className={clsx(
            'appear fixed inset-0 z-50 m-auto flex h-fit max-h-[85dvh] w-[min(560px,calc(100vw-24px))] flex-col',
            'rounded-xl border border-line-strong bg-surface outline-none',
            className,
          )}
        >
          <div className={clsx('flex items-center justify-between gap-3', !hideTitle && 'px-5 pt-4')}>
            <Radix.Title className={hideTitle ? 'sr-only' : 'text-md font-semibold'}>{title}</Radix.Title>
            <Radix.Close
              aria-label="Close"
              className={clsx(
                'rounded p-1 text-muted hover:bg-raised hover:text-ink',
                // What has no title of its own says in its own way how it is closed.
                hideTitle && 'hidden',
              )}
            >
              <X aria-hidden className="size-4" />
            </Radix.Close>
          </div>
          {children}
        </Radix.Content>
      </Radix.Portal>
    </Radix.Root>
  )
}

interface CloseWatcherLike {
  onclose: (() => void) | null
  destroy(): void
}

/** A phone's back gesture closes what is open and leaves the page, where the browser can tell (CloseWatcher). */
function useBackGesture(open: boolean, onClose: () => void): void {
  const close = useRef(onClose)
  close.current = onClose
  useEffect(() => {
    const { CloseWatcher } = globalThis as { CloseWatcher?: new () => CloseWatcherLike }
    if (!open || !CloseWatcher) return
    const watcher = new CloseWatcher()
    watcher.onclose = () => close.current()
    return () => watcher.destroy()
  }, [open])
}
