import { clsx } from 'clsx'
import { visible } from '@/lib/core/visible'
import { selectClass } from './field'

export interface Option {
  readonly id: string
  readonly name: string
}

interface ChoiceProps {
  /** Its name where no `<label>` gives it one. */
  readonly label?: string
  /** What stands where nothing is chosen. */
  readonly none?: string
  /** What is chosen; empty for nothing. */
  readonly value: string
  /** A text is its own name. */
  readonly options: readonly (Option | string)[]
  /** What a form sends it as. */
  readonly name?: string
  readonly id?: string
  /** Where it counts at once, in no form. */
  readonly onChange?: (value: string) => void
  /** Its width. */
  readonly className?: string
}

/** One of many, or none. An address may choose what is not among them: it is shown as it stands there. */
export function Choice(props: ChoiceProps) {
  const {
    label,
    none = label ? `${label}: any` : 'any',
    value,
    options,
    name,
    id,
    onChange,
    className,
  } = props
  const all = options.map((option) => (typeof option === 'string' ? { id: option, name: option } : option))
  const known = value === '' || all.some((option) => option.id === value)
  const held = onChange
    ? { value, onChange: (event: { target: { value: string } }) => onChange(event.target.value) }
    : { defaultValue: value }
  return (
    <select
      // In a form it is the browser's until the address says something else.
      key={onChange ? undefined : value}
      id={id}
      name={name}
      aria-label={label}
      className={clsx(selectClass, className)}
      {...held}
    >
      <option value="">{none}</option>
      {!known && <option value={value}>{visible(value)}</option>}
      {all.map((option) => (
        <option key={option.id} value={option.id}>
          {visible(option.name)}
        </option>
      ))}
    </select>
  )
}
