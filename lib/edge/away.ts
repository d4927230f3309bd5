import { toAppError } from '@/lib/errors'
import { getRuntime } from '@/lib/runtime'

/** What is away, and what mends it, in sentences for people. */
export interface Away {
  readonly detail: string
  readonly mend: string
}

/** What a service answers, or what is away where its database is; every other error goes on. */
export async function orAway<T>(
  answer: Promise<T>,
): Promise<{ readonly value: T } | { readonly away: Away }> {
  try {
    return { value: await answer }
  } catch (error) {
    const known = toAppError(error)
    if (known.code !== 'unavailable') throw error
    return { away: { detail: known.message, mend: known.mend ?? 'Is the database up?' } }
  }
}

/** What drives runs and does not answer, as a sentence; null while all is well. */
export async function engineTrouble(): Promise<string | null> {
  const { engine } = await getRuntime()
  return (await engine?.health())?.detail ?? null
}
