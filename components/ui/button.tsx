import { clsx } from 'clsx'
import type { ButtonHTMLAttributes } from 'react'

const looks = {
  primary: 'bg-accent-fill text-white hover:bg-accent-fill-hover border-transparent',
  plain: 'bg-surface hover:bg-raised text-ink border-line-strong',
  danger: 'bg-surface hover:bg-raised text-red border-line-strong',
  quiet: 'border-transparent text-muted hover:bg-raised hover:text-ink',
} as const
export type ButtonLook = keyof typeof looks

/** The classes of a button, for links that look like one. */
export function buttonClass(look: ButtonLook = 'plain', className?: string): string {
  return clsx(
    'inline-flex h-8 items-center justify-center gap-1.5 rounded-md border px-3 text-sm font-medium whitespace-nowrap',
    'transition-opacity duration-100 disabled:opacity-50',
    looks[look],
    className,
  )
}

export interface ButtonProps extends ButtonHTMLAttributes<HTMLButtonElement> {
  readonly look?: ButtonLook
}

export function Button({ look = 'plain', className, type = 'button', ...rest }: ButtonProps) {
  return <button type={type} className={buttonClass(look, className)} {...rest} />
}
