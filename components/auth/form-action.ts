/** What a form shows of its last try; lib/edge/action.ts gives it. */
export interface FormState {
  readonly message: string
  readonly mend?: string
}

export type FormAction = (before: FormState | null, form: FormData) => Promise<FormState | null>
