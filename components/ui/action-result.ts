/** What a server action answers; lib/edge/action.ts gives it. */
export type ActionResult<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly error: ActionError }

export interface ActionError {
  readonly code: string
  readonly message: string
  readonly mend?: string
}

/** The error of a call that did not come back at all. */
const unreachable: ActionError = {
  code: 'unreachable',
  message: 'The server did not answer.',
  mend: 'See that DevPilot is running, then try again. Nothing was changed unless the page shows it.',
}

/** Runs an action; a lost connection becomes an error like any other. */
export async function settle<T>(call: () => Promise<ActionResult<T>>): Promise<ActionResult<T>> {
  return call().catch(() => ({ ok: false, error: unreachable }) as const)
}
