'use client'

import { CircleCheck, CircleX, Info, LoaderCircle, TriangleAlert } from 'lucide-react'
import { Toaster as Sonner, toast } from 'sonner'
import type { ActionError } from './action-result'

/** Says in a corner what came of something, for a while. Errors stay until they are closed. */
export function Toaster() {
  return (
    <Sonner
      position="bottom-right"
      containerAriaLabel="Messages"
      closeButton
      gap={8}
      offset={{ bottom: 16, right: 16 }}
      mobileOffset={{ bottom: 72, left: 12, right: 12 }}
      icons={{
        success: <CircleCheck aria-hidden className="size-4 text-green" />,
        error: <CircleX aria-hidden className="size-4 text-red" />,
        warning: <TriangleAlert aria-hidden className="size-4 text-amber" />,
        info: <Info aria-hidden className="size-4 text-blue" />,
        loading: <LoaderCircle aria-hidden className="spin size-4 text-blue" />,
      }}
      toastOptions={{
        unstyled: true,
        classNames: {
          toast:
            'relative flex w-full items-start gap-2.5 rounded-lg border border-line-strong bg-surface py-3 pr-9 pl-3.5 text-sm text-ink md:w-(--width)',
          icon: 'mt-px shrink-0',
          content: 'min-w-0 flex-1',
          title: 'font-medium',
          description: 'mt-0.5 text-muted',
          closeButton:
            'absolute top-2.5 right-2.5 flex size-6 items-center justify-center rounded text-muted hover:bg-raised hover:text-ink',
          actionButton:
            'h-7 shrink-0 rounded-md border border-line-strong px-2.5 text-sm font-medium hover:bg-raised',
        },
      }}
    />
  )
}

/** What came of it, in a sentence; `undo` where it can be taken back. */
export function said(text: string, undo?: { readonly label: string; readonly run: () => void }): void {
  toast.success(text, undo ? { action: { label: undo.label, onClick: undo.run } } : {})
}

/** What went wrong and the next thing to do. It stays until somebody has read it. */
export function failed({ message, mend }: ActionError): void {
  toast.error(message, { duration: Number.POSITIVE_INFINITY, ...(mend ? { description: mend } : {}) })
}
