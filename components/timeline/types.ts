import type { ActionResult } from '@/components/ui/action-result'
import type { ColumnName } from '@/lib/core/run-columns'
import type { BulkSlice, SavedView } from '@/lib/services/views'

export type BulkKind = 'cancel' | 'retry'
export type BulkAction = (input: {
  readonly kind: BulkKind
  readonly reason?: string
  readonly of:
    | { readonly runs: string[] }
    | { readonly filters: Record<string, string>; readonly until: string; readonly cursor?: string }
}) => Promise<ActionResult<BulkSlice>>

export type SaveViewAction = (input: {
  readonly name: string
  readonly query: string
  readonly columns: ColumnName[]
  readonly shared: boolean
}) => Promise<ActionResult<SavedView>>
export type RemoveViewAction = (input: { readonly view: string }) => Promise<ActionResult<unknown>>

/** What is chosen: rows, or everything that the filters hold for. */
export type Choice = { readonly kind: 'rows'; readonly ids: readonly string[] } | { readonly kind: 'all' }
