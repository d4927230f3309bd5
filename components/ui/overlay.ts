import { clsx } from 'clsx'

/** What dims the page behind a modal. */
export const overlayClass = 'appear fixed inset-0 z-40 bg-dim'

/** A small panel that opens at what was pressed: menus, popovers, lists of a select. */
export const floatingClass = clsx(
  'appear z-50 rounded-lg border border-line-strong bg-surface text-sm text-ink outline-none',
  'max-h-(--radix-popper-available-height) max-w-[calc(100vw-16px)] overflow-y-auto',
)

/** A row of such a panel; Radix marks the one that the keyboard or the pointer is on. */
export const rowClass = clsx(
  'flex min-h-8 w-full items-center gap-2 rounded-md px-2.5 py-1 text-left outline-none select-none',
  'data-highlighted:bg-raised data-disabled:pointer-events-none data-disabled:text-faint',
)
