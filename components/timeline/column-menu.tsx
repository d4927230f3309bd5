'use client'

import { ArrowDown, ArrowUp, Columns3 } from 'lucide-react'
import { Button } from '@/components/ui/button'
import { type ColumnName, columnNames } from '@/lib/core/run-columns'
import { BarMenu } from './bar-menu'
import { looks } from './columns'
import type { Columns } from './use-columns'

/** Which columns are shown, and in which order. */
export function ColumnMenu({ columns }: { readonly columns: Columns }) {
  const { shown, show, move, widen, widths } = columns
  const hidden = columnNames.filter((name) => !shown.includes(name))
  return (
    <BarMenu icon={Columns3} label="Columns" className="w-64">
      <ul aria-label="Columns that are shown">
        {shown.map((name, index) => (
          <li key={name} className="flex h-8 items-center gap-2">
            <Box name={name} checked onChange={() => show(name, false)} fixed={name === 'title'} />
            <Move name={name} up onClick={() => move(name, -1)} disabled={index === 0} />
            <Move name={name} onClick={() => move(name, 1)} disabled={index === shown.length - 1} />
          </li>
        ))}
      </ul>
      {hidden.length > 0 && (
        <ul aria-label="Columns that are not shown" className="mt-1 border-t pt-1">
          {hidden.map((name) => (
            <li key={name} className="flex h-8 items-center">
              <Box name={name} checked={false} onChange={() => show(name, true)} />
            </li>
          ))}
        </ul>
      )}
      {Object.keys(widths).length > 0 && (
        <Button look="quiet" className="mt-1 w-full" onClick={() => widen({})}>
          Widths as at the beginning
        </Button>
      )}
    </BarMenu>
  )
}

interface BoxProps {
  readonly name: ColumnName
  readonly checked: boolean
  readonly onChange: () => void
  /** The row's link stays. */
  readonly fixed?: boolean
}

function Box({ name, checked, onChange, fixed = false }: BoxProps) {
  return (
    <label className="flex flex-1 items-center gap-2.5 text-sm">
      <input
        type="checkbox"
        checked={checked}
        disabled={fixed}
        onChange={onChange}
        className="size-4 accent-(--accent-fill)"
      />
      {looks[name].label}
    </label>
  )
}

interface MoveProps {
  readonly name: ColumnName
  readonly up?: boolean
  readonly onClick: () => void
  readonly disabled: boolean
}

function Move({ name, up = false, onClick, disabled }: MoveProps) {
  const Icon = up ? ArrowUp : ArrowDown
  return (
    <button
      type="button"
      onClick={onClick}
      disabled={disabled}
      aria-label={`${looks[name].label}: ${up ? 'to the left' : 'to the right'}`}
      className="rounded p-1 text-muted hover:bg-raised hover:text-ink disabled:opacity-30"
    >
      <Icon aria-hidden className="size-3.5" />
    </button>
  )
}
