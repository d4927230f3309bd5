import { AppError } from '@/lib/errors'

/** What a service answers, or null where it says `not_found`; every other error goes on. */
export async function orNull<T>(answer: Promise<T>): Promise<T | null> {
  try {
    return await answer
  } catch (error) {
    if (error instanceof AppError && error.code === 'not_found') return null
    throw error
  }
}
