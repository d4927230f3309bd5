'use client'

import { useSingleKeys } from '@/components/shell/single-keys'
import { useMac } from '@/components/shell/use-mac'

/** Turns off keys that do something alone: who speaks to the machine, or hits keys unawares, sets them off by chance. */
export function SingleKeysSwitch() {
  const [hold, setHold] = useSingleKeys()
  const palette = useMac() ? '⌘K' : 'Ctrl K'
  return (
    <label className="flex max-w-md items-start gap-2.5 text-sm">
      <input
        type="checkbox"
        checked={hold}
        onChange={(event) => setHold(event.target.checked)}
        className="mt-0.5 size-4 shrink-0 accent-(--accent-fill)"
      />
      <span>
        Single keys do something
        <span className="block text-muted">
          n begins a run, j and k go through lists, and so on. {palette} works without them. This browser
          remembers it.
        </span>
      </span>
    </label>
  )
}
