import { visible } from '@/lib/core/visible'

/** Says what of a page's URL was not understood, so that nobody takes a wrong list for the one that was asked for. */
export function Ignored({ parts }: { readonly parts: readonly string[] }) {
  if (parts.length === 0) return null
  return (
    <div role="status" className="tone-amber tint mb-4 rounded-md border border-current px-3 py-2 text-sm">
      <p className="font-medium">Parts of this address were ignored.</p>
      <ul className="mt-0.5 text-ink">
        {parts.map((part) => (
          <li key={part}>{visible(part)}</li>
        ))}
      </ul>
    </div>
  )
}
