'use client'

import { Check, Minus } from 'lucide-react'
import { Checkbox as Radix } from 'radix-ui'
import { useId } from 'react'

interface CheckboxProps {
  readonly label: string
  /** `some`: of what it stands for, a part is chosen. */
  readonly checked: boolean | 'some'
  readonly onChange: (checked: boolean) => void
  /** The label is read but not drawn, as in a table's rows. */
  readonly hideLabel?: boolean
  readonly disabled?: boolean
}

export function Checkbox({ label, checked, onChange, hideLabel = false, disabled = false }: CheckboxProps) {
  const id = useId()
  return (
    <span className="inline-flex items-center gap-2 text-sm">
      <Radix.Root
        id={id}
        checked={checked === 'some' ? 'indeterminate' : checked}
        onCheckedChange={(next) => onChange(next === true)}
        disabled={disabled}
        aria-label={hideLabel ? label : undefined}
        className="flex size-4 shrink-0 items-center justify-center rounded border border-control bg-bg data-disabled:opacity-50 data-[state=checked]:border-transparent data-[state=checked]:bg-accent-fill data-[state=indeterminate]:border-transparent data-[state=indeterminate]:bg-accent-fill"
      >
        <Radix.Indicator className="text-white">
          {checked === 'some' ? (
            <Minus aria-hidden className="size-3" />
          ) : (
            <Check aria-hidden className="size-3" />
          )}
        </Radix.Indicator>
      </Radix.Root>
      {!hideLabel && <label htmlFor={id}>{label}</label>}
    </span>
  )
}
