import { type SubmitEvent, startTransition, useActionState } from 'react'
import type { FormAction } from './form-action'

/**
 * A form's action with its last state. `form` goes to the <form>: without JavaScript the browser sends it; with it we
 * do, for React empties a form whose `action` it has run, and a refused password must not cost the other fields.
 */
export function useFormAction(action: FormAction) {
  const [state, submit, pending] = useActionState(action, null)
  const onSubmit = (event: SubmitEvent<HTMLFormElement>) => {
    event.preventDefault()
    const data = new FormData(event.currentTarget)
    if (!pending) startTransition(() => submit(data))
  }
  return { state, pending, form: { action: submit, onSubmit } }
}
