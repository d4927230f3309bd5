'use client'

import { clsx } from 'clsx'
import { Monitor, Moon, Sun } from 'lucide-react'
import { useTheme } from 'next-themes'
import { useSyncExternalStore } from 'react'

export const themes = [
  { name: 'system', label: 'As the system', icon: Monitor },
  { name: 'light', label: 'Light', icon: Sun },
  { name: 'dark', label: 'Dark', icon: Moon },
] as const

const never = () => () => undefined

/** Which theme is chosen is known to the browser alone: nothing is marked until the page is alive. */
export function ThemeSwitch({ narrow = false }: { readonly narrow?: boolean }) {
  const { theme, setTheme } = useTheme()
  const alive = useSyncExternalStore(
    never,
    () => true,
    () => false,
  )
  return (
    <fieldset className={clsx('flex gap-0.5 rounded-md bg-raised p-0.5', narrow && 'flex-col')}>
      <legend className="sr-only">Theme</legend>
      {themes.map(({ name, label, icon: Icon }) => {
        const chosen = alive && theme === name
        return (
          <button
            key={name}
            type="button"
            aria-pressed={chosen}
            aria-label={label}
            title={label}
            onClick={() => setTheme(name)}
            className={clsx(
              'flex h-7 min-w-7 flex-1 items-center justify-center rounded px-1',
              chosen ? 'bg-surface text-ink' : 'text-muted hover:text-ink',
            )}
          >
            <Icon aria-hidden className="size-3.5" />
          </button>
        )
      })}
    </fieldset>
  )
}
