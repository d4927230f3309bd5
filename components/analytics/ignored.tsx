import { visible } from '@/lib/core/visible'
import type { Ignored } from '@/lib/services/analytics/query'

/** What of the URL was not followed. */
export function IgnoredFilters({ ignored }: { readonly ignored: readonly Ignored[] }) {
  if (ignored.length === 0) return null
  return (
    <div role="status" className="tone-amber tint mb-4 rounded-md border border-current px-3 py-2 text-sm">
      <p className="font-medium">Some of what this address asks for was ignored</p>
      <ul className="mt-0.5 text-ink">
        {ignored.map(({ name, value, why }) => (
          <li key={`${name}:${value}`}>
            <code className="code">{visible(`${name}=${value}`)}</code>: {why}
          </li>
        ))}
      </ul>
    </div>
  )
}
