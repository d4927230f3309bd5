'use client'

import { Bookmark, Trash2, Users } from 'lucide-react'
import { type FormEvent, useId, useState, useTransition } from 'react'
import { type ActionError, settle } from '@/components/ui/action-result'
import { Button } from '@/components/ui/button'
import { inputClass } from '@/components/ui/field'
import { Link } from '@/components/ui/link'
import { Problem } from '@/components/ui/panel'
import type { ColumnName } from '@/lib/core/run-columns'
import type { RunFilterTexts } from '@/lib/core/run-filters'
import { visible } from '@/lib/core/visible'
import type { SavedView } from '@/lib/services/views'
import { BarMenu } from './bar-menu'
import type { RemoveViewAction, SaveViewAction } from './types'

interface ViewsMenuProps {
  readonly views: readonly SavedView[]
  readonly filters: RunFilterTexts
  readonly shown: readonly ColumnName[]
  readonly mayShare: boolean
  readonly save: SaveViewAction
  readonly remove: RemoveViewAction
}

/** Views that were kept, one's own and shared ones; and keeping what is seen now. */
export function ViewsMenu({ views, filters, shown, mayShare, save, remove }: ViewsMenuProps) {
  const id = useId()
  const [error, setError] = useState<ActionError | null>(null)
  const [kept, setKept] = useState('')
  const [name, setName] = useState('')
  const [chosen, setChosen] = useState<boolean | null>(null)
  const before = views.find((view) => view.mine && view.name === name.trim())
  // Kept again under its name, a view stays shared or not, until somebody chooses otherwise.
  const shared = chosen ?? before?.shared ?? false
  const [pending, start] = useTransition()
  const keep = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault()
    const query = new URLSearchParams({ ...filters }).toString()
    const input = { name: name.trim(), query, columns: [...shown], shared: mayShare && shared }
    const hides = before?.shared === true && !input.shared
    start(async () => {
      const result = await settle(() => save(input))
      setError(result.ok ? null : result.error)
      setKept(result.ok ? `Kept as ${input.name}.${hides ? ' Only you see it now.' : ''}` : '')
      if (!result.ok) return
      setName('')
      setChosen(null)
    })
  }
  const drop = (view: string) =>
    start(async () => {
      const result = await settle(() => remove({ view }))
      setError(result.ok ? null : result.error)
    })
  return (
    <BarMenu icon={Bookmark} label="Views" className="w-80">
      {views.length > 0 ? (
        <ul aria-label="Views that were kept" className="mb-3 max-h-64 overflow-auto">
          {views.map((view) => (
            <li key={view.id} className="flex h-8 items-center gap-2 rounded px-2 text-sm hover:bg-raised">
              <Link href={viewHref(view)} className="min-w-0 flex-1 truncate">
                {visible(view.name)}
              </Link>
              {view.shared && (
                <span className="flex min-w-0 items-center gap-1 text-xs text-muted">
                  <Users aria-hidden className="size-3" />
                  <span className="truncate">{view.mine ? 'shared' : visible(view.owner.name)}</span>
                </span>
              )}
              {view.mine && (
                <button
                  type="button"
                  disabled={pending}
                  onClick={() => drop(view.id)}
                  aria-label={`Remove the view ${view.name}`}
                  className="rounded p-1 text-muted hover:text-red"
                >
                  <Trash2 aria-hidden className="size-3.5" />
                </button>
              )}
            </li>
          ))}
        </ul>
      ) : (
        <p className="mb-3 text-sm text-muted">
          No view is kept yet. Name what you see now to find it again.
        </p>
      )}
      <form onSubmit={keep} className="space-y-2 border-t pt-3">
        <label htmlFor={id} className="block text-xs text-muted">
          Keep these filters and columns as
        </label>
        <div className="flex gap-2">
          <input
            id={id}
            value={name}
            onChange={(event) => setName(event.target.value)}
            required
            maxLength={80}
            placeholder="My failures"
            className={inputClass}
          />
          <Button type="submit" disabled={pending}>
            Keep
          </Button>
        </div>
        {mayShare && (
          <label className="flex items-center gap-2 text-sm">
            <input
              type="checkbox"
              checked={shared}
              onChange={(event) => setChosen(event.target.checked)}
              className="size-4 accent-(--accent-fill)"
            />
            Everybody sees it
          </label>
        )}
        <p role="status" className="text-xs text-green empty:hidden">
          {kept}
        </p>
        {error && <Problem message={error.message} mend={error.mend} />}
      </form>
    </BarMenu>
  )
}

function viewHref({ query, columns }: SavedView): string {
  const params = new URLSearchParams(query)
  if (columns.length > 0) params.set('columns', columns.join('.'))
  return params.size > 0 ? `/timeline?${params}` : '/timeline'
}
