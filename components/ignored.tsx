import type { Ignored as Part } from '@/lib/core/run-filters'
import { visible } from '@/lib/core/visible'

/** Says what of a page's address was not followed, so that nobody takes a wrong list for the one that was asked for. */
export function Ignored({ parts }: { readonly parts: readonly Part[] }) {
  if (parts.length === 0) return null
  return (
    <div role="status" className="tone-amber tint mb-4 rounded-md border border-current px-3 py-2 text-sm">
      <p className="font-medium">This was ignored from the URL</p>
      <ul className="mt-0.5 text-ink">
        {parts.map(({ name, value, why }) => (
          <li key={`${name}=${value}: ${why}`}>
            <code className="code">{visible(value === '' ? name : `${name}=${value}`)}</code>: {visible(why)}
            {why.endsWith('?') ? '' : '.'}
          </li>
        ))}
      </ul>
    </div>
  )
}
