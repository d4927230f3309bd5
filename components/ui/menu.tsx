'use client'

import { clsx } from 'clsx'
import { Check, type LucideIcon } from 'lucide-react'
import { DropdownMenu as Radix } from 'radix-ui'
import type { ReactNode } from 'react'
import { floatingClass, rowClass } from './overlay'

interface MenuProps {
  /** One element that can be pressed. */
  readonly trigger: ReactNode
  readonly children: ReactNode
  readonly align?: 'start' | 'center' | 'end'
  readonly side?: 'top' | 'right' | 'bottom' | 'left'
}

/** Actions behind a button: arrow keys, first letters and Escape work. */
export function Menu({ trigger, children, align = 'end', side = 'bottom' }: MenuProps) {
  return (
    <Radix.Root modal={false}>
      <Radix.Trigger asChild>{trigger}</Radix.Trigger>
      <Radix.Portal>
        <Radix.Content
          align={align}
          side={side}
          sideOffset={4}
          collisionPadding={8}
          className={clsx(floatingClass, 'min-w-44 p-1')}
        >
          {children}
        </Radix.Content>
      </Radix.Portal>
    </Radix.Root>
  )
}

interface MenuItemProps {
  readonly children: ReactNode
  readonly icon?: LucideIcon
  /** At the end of the row: a key, a count. */
  readonly hint?: ReactNode
  readonly onSelect?: () => void
  readonly disabled?: boolean
  readonly look?: 'plain' | 'danger'
  /** The one child is a link, which becomes the row. */
  readonly asChild?: boolean
}

export function MenuItem({ children, icon: Icon, hint, onSelect, disabled, look, asChild }: MenuItemProps) {
  const className = clsx(rowClass, look === 'danger' && 'text-red')
  const rest = { className, disabled: disabled ?? false, ...(onSelect ? { onSelect } : {}) }
  if (asChild)
    return (
      <Radix.Item asChild {...rest}>
        {children}
      </Radix.Item>
    )
  return (
    <Radix.Item {...rest}>
      {Icon && <Icon aria-hidden className="size-4 shrink-0 text-muted" />}
      <span className="min-w-0 flex-1 truncate">{children}</span>
      {hint && <span className="shrink-0 text-xs text-faint">{hint}</span>}
    </Radix.Item>
  )
}

interface MenuChoiceProps<T extends string> {
  readonly label: string
  readonly value: T
  readonly options: readonly { readonly value: T; readonly label: string }[]
  readonly onChange: (value: T) => void
}

/** One of a few, ticked in the menu itself. */
export function MenuChoice<T extends string>({ label, value, options, onChange }: MenuChoiceProps<T>) {
  const chosen = (next: string) => {
    const option = options.find((known) => known.value === next)
    if (option) onChange(option.value)
  }
  return (
    <Radix.RadioGroup value={value} onValueChange={chosen} aria-label={label}>
      <Radix.Label className="px-2.5 pt-1.5 pb-1 text-xs text-faint">{label}</Radix.Label>
      {options.map((option) => (
        <Radix.RadioItem key={option.value} value={option.value} className={rowClass}>
          <span className="flex size-4 items-center justify-center">
            <Radix.ItemIndicator>
              <Check aria-hidden className="size-4 text-accent" />
            </Radix.ItemIndicator>
          </span>
          {option.label}
        </Radix.RadioItem>
      ))}
    </Radix.RadioGroup>
  )
}

export function MenuLine() {
  return <Radix.Separator className="my-1 h-px bg-line" />
}
