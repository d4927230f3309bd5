import { clsx } from 'clsx'
import { Field, inputClass } from '@/components/ui/field'

interface EmailFieldProps {
  readonly id: string
  readonly value?: string
  /** It cannot be another one. */
  readonly fixed?: boolean
  readonly className?: string
}

/** The address that an account signs in with. */
export function EmailField({ id, value, fixed = false, className }: EmailFieldProps) {
  return (
    <Field label="E-mail" htmlFor={id}>
      <input
        id={id}
        name="email"
        type="email"
        required
        maxLength={254}
        defaultValue={value}
        readOnly={fixed}
        autoComplete="username"
        className={clsx(inputClass, className)}
      />
    </Field>
  )
}

interface NewPasswordFieldProps {
  readonly id: string
  readonly label: string
  readonly className?: string
}

/** A password that is chosen; see lib/services/users/password.ts for what it must be like. */
export function NewPasswordField({ id, label, className }: NewPasswordFieldProps) {
  return (
    <Field label={label} htmlFor={id} hint="At least 10 characters.">
      <input
        id={id}
        name="password"
        type="password"
        required
        minLength={10}
        maxLength={200}
        autoComplete="new-password"
        className={clsx(inputClass, className)}
      />
    </Field>
  )
}
