import { Check, Minus } from 'lucide-react'

interface VariablesProps {
  readonly variables: readonly { readonly name: string; readonly set: boolean; readonly needed?: boolean }[]
}

/** Environment variables by name: which are set. Their values are nobody's to see. */
export function Variables({ variables }: VariablesProps) {
  return (
    <ul className="flex flex-wrap gap-x-4 gap-y-1">
      {variables.map(({ name, set }) => {
        const Icon = set ? Check : Minus
        return (
          <li key={name} className="flex items-center gap-1 text-xs">
            <Icon aria-hidden className={set ? 'size-3.5 text-green' : 'size-3.5 text-faint'} />
            <code className="code">{name}</code>
            <span className={set ? 'text-green' : 'text-muted'}>{set ? 'set' : 'not set'}</span>
          </li>
        )
      })}
    </ul>
  )
}

/** On or off, in words and colour. */
export function OnOff({ on, yes = 'on', no = 'off' }: { on: boolean; yes?: string; no?: string }) {
  return (
    <span
      className={
        on
          ? 'tone-green tint rounded px-1.5 py-0.5 text-xs font-medium'
          : 'rounded bg-raised px-1.5 py-0.5 text-xs text-muted'
      }
    >
      {on ? yes : no}
    </span>
  )
}
