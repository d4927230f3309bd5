import { createInterface } from 'node:readline/promises'
import { AppError } from '@/lib/errors'
import type { Io } from './io'

/**
 * Asks on stderr and reads a line.
 * @param flag what answers without being asked
 * @throws AppError('bad_request') where nobody can answer, 'cancelled' when the input ends
 */
export async function ask(io: Io, question: string, flag: string): Promise<string> {
  if (!io.interactive) {
    throw new AppError('bad_request', `Nobody is here to answer: ${question.trim()}`, {
      mend: `Answer it with ${flag}.`,
    })
  }
  const lines = createInterface({ input: process.stdin, output: process.stderr })
  const gone = new AbortController()
  lines.once('close', () => gone.abort())
  try {
    return (await lines.question(`${question} `, { signal: gone.signal })).trim()
  } catch (error) {
    if (gone.signal.aborted) throw new AppError('cancelled', 'Cancelled.', { cause: error })
    throw error
  } finally {
    lines.close()
  }
}

/** A yes or no; `fallback` is what an empty answer means. */
export async function confirm(io: Io, question: string, flag: string, fallback: boolean): Promise<boolean> {
  const answer = await ask(io, `${question} ${fallback ? '[Y/n]' : '[y/N]'}`, flag)
  return answer === '' ? fallback : /^y(es)?$/i.test(answer)
}
