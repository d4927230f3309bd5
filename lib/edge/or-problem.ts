import { AppError } from '@/lib/errors'
import { publicError } from './problem'

/** What went wrong, and what mends it, for a part of a page whose rest stands. */
interface Failed {
  readonly message: string
  readonly mend: string | undefined
}

/** What a service answers, or why it does not; what nobody foresaw goes on, to the page's own error. */
export async function orProblem<T>(
  answer: Promise<T>,
): Promise<{ readonly value: T } | { readonly problem: Failed }> {
  try {
    return { value: await answer }
  } catch (error) {
    if (!(error instanceof AppError)) throw error
    const { message, mend } = publicError(error)
    return { problem: { message, mend } }
  }
}
