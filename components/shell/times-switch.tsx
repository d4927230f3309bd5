'use client'

import { clsx } from 'clsx'
import { timeModes, useTimes } from '@/components/ui/times'

/** How times are written. */
export function TimesSwitch() {
  const { mode, setMode } = useTimes()
  return (
    <fieldset className="flex gap-0.5 rounded-md bg-raised p-0.5">
      <legend className="sr-only">Times</legend>
      {timeModes.map(({ value, label }) => (
        <button
          key={value}
          type="button"
          aria-pressed={mode === value}
          onClick={() => setMode(value)}
          className={clsx(
            'flex h-7 items-center justify-center rounded px-2 text-xs',
            mode === value ? 'bg-surface font-medium text-ink' : 'text-muted hover:text-ink',
          )}
        >
          {label}
        </button>
      ))}
    </fieldset>
  )
}
