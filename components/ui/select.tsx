'use client'

import { clsx } from 'clsx'
import { Check, ChevronDown } from 'lucide-react'
import { Select as Radix } from 'radix-ui'
import { inputClass } from './field'
import { documentNonce } from './nonce'
import { floatingClass, rowClass } from './overlay'

interface SelectProps<T extends string> {
  readonly label: string
  readonly value: T
  /** A value is never empty: Radix keeps the empty one for "nothing chosen". */
  readonly options: readonly { readonly value: T; readonly label: string; readonly hint?: string }[]
  readonly onChange: (value: T) => void
  readonly id?: string
  /** For a form that is sent as it is. */
  readonly name?: string
  readonly className?: string
}

/** One of several, each with room for a hint. In a plain form the browser's own `<select>` is as good. */
export function Select<T extends string>(props: SelectProps<T>) {
  const { label, value, options, onChange, id, name, className } = props
  const chosen = (next: string) => {
    const option = options.find((known) => known.value === next)
    if (option) onChange(option.value)
  }
  return (
    <Radix.Root value={value} onValueChange={chosen} {...(name === undefined ? {} : { name })}>
      <Radix.Trigger
        {...(id === undefined ? {} : { id })}
        aria-label={label}
        className={clsx(inputClass, 'flex items-center justify-between gap-2 text-left', className)}
      >
        <span className="min-w-0 truncate">
          <Radix.Value />
        </span>
        <Radix.Icon asChild>
          <ChevronDown aria-hidden className="size-4 shrink-0 text-muted" />
        </Radix.Icon>
      </Radix.Trigger>
      <Radix.Portal>
        <Radix.Content
          position="popper"
          sideOffset={4}
          collisionPadding={8}
          className={clsx(floatingClass, 'min-w-(--radix-select-trigger-width) p-1')}
        >
          <Radix.Viewport nonce={documentNonce()}>
            {options.map((option) => (
              <Radix.Item key={option.value} value={option.value} className={rowClass}>
                <span className="flex size-4 shrink-0 items-center justify-center">
                  <Radix.ItemIndicator>
                    <Check aria-hidden className="size-4 text-accent" />
                  </Radix.ItemIndicator>
                </span>
                <Radix.ItemText>{option.label}</Radix.ItemText>
                {option.hint && <span className="ml-auto pl-4 text-xs text-faint">{option.hint}</span>}
              </Radix.Item>
            ))}
          </Radix.Viewport>
        </Radix.Content>
      </Radix.Portal>
    </Radix.Root>
  )
}
