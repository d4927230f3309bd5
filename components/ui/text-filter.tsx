'use client'

import { Search } from 'lucide-react'
import { inputClass } from './field'
import { useSettled } from './use-settled'

interface TextFilterProps {
  readonly label: string
  readonly placeholder: string
  readonly value: string
  readonly onChange: (text: string) => void
  readonly className: string
}

/** Words to filter by; the list follows a moment after the last key. */
export function TextFilter({ label, placeholder, value, onChange, className }: TextFilterProps) {
  const [text, setText] = useSettled(value, onChange)
  return (
    <label className={`relative w-full ${className}`}>
      <span className="sr-only">{label}</span>
      <Search aria-hidden className="absolute top-2 left-2.5 size-4 text-faint" />
      <input
        type="search"
        value={text}
        maxLength={200}
        placeholder={placeholder}
        onChange={(event) => setText(event.target.value)}
        className={`${inputClass} pl-8`}
      />
    </label>
  )
}
