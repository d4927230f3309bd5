'use client'

import { useEffect, useRef, useSyncExternalStore } from 'react'
import { type Shortcut, ShortcutRegistry } from './shortcuts'
import { singleKeysHold } from './single-keys'

const registry = new ShortcutRegistry()
const none: readonly Shortcut[] = []

/** Everything that takes keys for itself. */
const takesKeys =
  'input, textarea, select, [contenteditable], [role=dialog], [role=menu], [role=listbox], [role=combobox]'

/** Whether a key was meant for a field, a dialog or a menu and not for the page, or is to mean nothing to it. */
export function isTyping(event: KeyboardEvent): boolean {
  if (event.key.length === 1 && !singleKeysHold()) return true
  const target = event.target
  if (!(target instanceof HTMLElement)) return false
  return target.isContentEditable || target.closest(takesKeys) !== null
}

/**
 * Keys of a part of the page, for as long as it is there: `?` lists them and they never fire in a field or a dialog.
 * Only what changes the list (keys, label, group) is looked at again; `run` is always the newest.
 * @param everywhere they hold where no part of the page has the same keys for something else
 */
export function useShortcuts(shortcuts: readonly Shortcut[], everywhere = false): void {
  const newest = useRef(shortcuts)
  newest.current = shortcuts
  const shape = JSON.stringify(shortcuts.map(({ run, ...rest }) => [rest, Boolean(run)]))
  // biome-ignore lint/correctness/useExhaustiveDependencies: the shape is what they are, without what they do
  useEffect(
    () =>
      registry.add(
        newest.current.map(({ run, ...rest }, index) => ({
          ...rest,
          ...(run ? { run: () => newest.current[index]?.run?.() } : {}),
        })),
        everywhere,
      ),
    [shape, everywhere],
  )
}

/** All keys that hold now. */
export function useAllShortcuts(): readonly Shortcut[] {
  return useSyncExternalStore(registry.subscribe, registry.list, () => none)
}

/** Listens to the keyboard for all of them; once a page. */
export function useShortcutKeys(): void {
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      if (event.defaultPrevented || event.metaKey || event.ctrlKey || event.altKey || isTyping(event)) return
      // A modal is over the page even while nothing in it has the focus.
      if (document.querySelector('[role=dialog][data-state=open]')) return
      const found = registry.press(event.key, event.timeStamp)
      if (!found) return
      event.preventDefault()
      if (found !== 'waiting' && (!event.repeat || found.repeats)) found.run?.()
    }
    document.addEventListener('keydown', onKey)
    return () => document.removeEventListener('keydown', onKey)
  }, [])
}
