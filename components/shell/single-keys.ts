import { useSyncExternalStore } from 'react'

const NAME = 'devpilot_keys'
const listeners = new Set<() => void>()

/** Whether keys without Ctrl or ⌘ do something; this browser remembers it. */
export function singleKeysHold(): boolean {
  return localStorage.getItem(NAME) !== 'off'
}

function setSingleKeys(hold: boolean): void {
  if (hold) localStorage.removeItem(NAME)
  else localStorage.setItem(NAME, 'off')
  for (const listener of listeners) listener()
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener)
  // Another tab may say so.
  window.addEventListener('storage', listener)
  return () => {
    listeners.delete(listener)
    window.removeEventListener('storage', listener)
  }
}

/** As `singleKeysHold`, and the way to change it. */
export function useSingleKeys(): readonly [boolean, (hold: boolean) => void] {
  return [useSyncExternalStore(subscribe, singleKeysHold, () => true), setSingleKeys]
}
