import { useRef } from 'react'

/** What had the focus when a dialog was opened: itself, then what had opened the menu or dialog that it was in. */
type Origin = readonly HTMLElement[]

/** Of every dialog that is open: what opens from within it goes back to the same place. */
const origins = new WeakMap<Element, Origin>()

interface FocusBack {
  readonly onOpenAutoFocus: (event: Event) => void
  readonly onCloseAutoFocus: (event: Event) => void
}

/**
 * Gives the focus back when a dialog closes: to what had it at opening; where that is gone, to what had led there; where
 * nothing of it is left, to the page's content. What has taken the focus meanwhile keeps it.
 */
export function useFocusBack(open: boolean): FocusBack {
  const wasOpen = useRef(false)
  const origin = useRef<Origin>([])
  // While it is drawn: afterwards the menu that it was opened from may be gone, and the dialog has the focus.
  if (open && !wasOpen.current) origin.current = originNow()
  wasOpen.current = open
  return {
    onOpenAutoFocus: ({ target }) => {
      if (target instanceof Element) origins.set(target, origin.current)
    },
    onCloseAutoFocus: (event) => {
      // Radix would focus the dialog's trigger, and ours have none.
      event.preventDefault()
      const { activeElement } = document
      if (origin.current.length === 0 || (activeElement && activeElement !== document.body)) return
      for (const element of [...origin.current, document.getElementById('content')]) {
        element?.focus({ preventScroll: true })
        if (element && document.activeElement === element) return
      }
    },
  }
}

function originNow(): Origin {
  const focused = typeof document === 'undefined' ? null : document.activeElement
  if (!(focused instanceof HTMLElement) || focused === document.body) return []
  const around = focused.closest('[role=menu], [role=dialog]')
  if (!around) return [focused]
  const trigger = document.querySelector<HTMLElement>(`[aria-controls="${CSS.escape(around.id)}"]`)
  return [focused, ...(trigger ? [trigger] : []), ...(origins.get(around) ?? [])]
}
