'use client'

import { clsx } from 'clsx'
import { Monitor, Moon, Sun } from 'lucide-react'
import { useEffect, useState } from 'react'

const themes = [
  { name: 'system', label: 'As the system', icon: Monitor },
  { name: 'light', label: 'Light', icon: Sun },
  { name: 'dark', label: 'Dark', icon: Moon },
] as const
type Theme = (typeof themes)[number]['name']

/** Sets the theme of this browser: the attribute now, the cookie for the server's next page. */
function applyTheme(theme: Theme): void {
  if (theme === 'system') delete document.documentElement.dataset.theme
  else document.documentElement.dataset.theme = theme
  // biome-ignore lint/suspicious/noDocumentCookie: the Cookie Store API is not in every browser that we serve
  document.cookie = `devpilot_theme=${theme};path=/;max-age=31536000;samesite=lax`
}

export function ThemeSwitch({ narrow }: { readonly narrow: boolean }) {
  const [theme, setTheme] = useState<Theme>('system')
  useEffect(() => {
    const set = document.documentElement.dataset.theme
    setTheme(themes.find((known) => known.name === set)?.name ?? 'system')
  }, [])
  return (
    <fieldset className={clsx('flex gap-0.5 rounded-md bg-raised p-0.5', narrow && 'flex-col')}>
      <legend className="sr-only">Theme</legend>
      {themes.map(({ name, label, icon: Icon }) => (
        <button
          key={name}
          type="button"
          aria-pressed={theme === name}
          aria-label={label}
          title={label}
          onClick={() => {
            applyTheme(name)
            setTheme(name)
          }}
          className={clsx(
            'flex h-7 flex-1 items-center justify-center rounded px-1',
            theme === name ? 'bg-surface text-ink' : 'text-muted hover:text-ink',
          )}
        >
          <Icon aria-hidden className="size-3.5" />
        </button>
      ))}
    </fieldset>
  )
}
