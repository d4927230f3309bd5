import { headers } from 'next/headers'
import { unstable_rethrow } from 'next/navigation'
import type { z } from 'zod'
import { checkHost, checkOrigin } from '@/lib/auth/host'
import { currentContext } from '@/lib/auth/session'
import { env, ownUrls } from '@/lib/env'
import { AppError } from '@/lib/errors'
import { authorise } from '@/lib/services/authorise'
import type { Access, ServiceContext } from '@/lib/services/context'
import { parseInput } from '@/lib/services/parse'
import { publicError } from './problem'

export type ActionResult<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly error: { code: string; message: string; mend?: string } }

/**
 * A server action: checks where the call came from, who calls and what it carries, then runs the handler. It
 * never throws; unknown errors are masked and logged.
 * @param handler gets the parsed input; calls one service
 */
export function action<S extends z.ZodType, T>(
  access: Access,
  schema: S,
  handler: (ctx: ServiceContext, input: z.output<S>) => Promise<T>,
): (input: z.input<S>) => Promise<ActionResult<T>> {
  return async (input) => {
    try {
      const sent = await headers()
      checkHost(sent.get('host'), ownUrls(env()))
      checkOrigin(sent)
      const ctx = await currentContext()
      if (!ctx) throw new AppError('unauthorized', 'You are not signed in.', { mend: 'Open /sign-in.' })
      authorise(ctx, access)
      return { ok: true, value: await handler(ctx, parseInput(schema, input)) }
    } catch (error) {
      // redirect() and notFound() travel as errors that Next must see.
      unstable_rethrow(error)
      const { code, message, mend } = publicError(error)
      return { ok: false, error: { code, message, ...(mend === undefined ? {} : { mend }) } }
    }
  }
}

/** What a form shows of its last try. */
export interface FormState {
  readonly message: string
  readonly mend?: string
}

/**
 * A form's action for who is nobody yet: signing in, joining, signing out. Checks where it came from; errors become the
 * form's state. The handler ends in a redirect.
 */
export function openAction(
  handler: (form: FormData) => Promise<void>,
): (before: FormState | null, form: FormData) => Promise<FormState | null> {
  return async (_before, form) => {
    try {
      const sent = await headers()
      checkHost(sent.get('host'), ownUrls(env()))
      checkOrigin(sent)
      await handler(form)
      return null
    } catch (error) {
      unstable_rethrow(error)
      const { message, mend } = publicError(error)
      return { message, ...(mend === undefined ? {} : { mend }) }
    }
  }
}

/** A field of a form as text; empty where it is missing or a file. */
export function textOf(form: FormData, name: string): string {
  const value = form.get(name)
  return typeof value === 'string' ? value : ''
}
