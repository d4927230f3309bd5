import { visible } from '@/lib/core/visible'
import type { RunView } from '@/lib/services/views'

/** What an ended run began outside, of which nobody knows what became: nothing is claimed about it. */
export function OpenEffects({ effects }: { readonly effects: RunView['effects'] }) {
  const open = effects.filter(({ outcome }) => outcome === 'unknown')
  if (open.length === 0) return null
  return (
    <div className="tone-amber tint rounded-md border border-current px-3 py-2 text-sm">
      <p className="font-medium">
        Begun, outcome unknown: {open.map(({ kind }) => visible(kind.replaceAll('_', ' '))).join(', ')}
      </p>
      <p className="mt-0.5 text-ink">
        No answer came before the run ended, or only a part of it was done. Look on the forge; a retry finds
        what was made and makes nothing twice.
      </p>
    </div>
  )
}
