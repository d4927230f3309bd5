import { type AppError, type ErrorCode, toAppError } from '@/lib/errors'
import { type ExitCode, exitCodes } from './exit-codes'
import { inFlags } from './in-flags'
import type { Io } from './io'
import { asTyped, say } from './say'

const codes: Partial<Record<ErrorCode, ExitCode>> = {
  unauthorized: exitCodes.signIn,
  cancelled: exitCodes.cancelled,
}

/** Says on stderr what happened, where and what mends it; the only place where the CLI does. Returns the exit code. */
export function reportError(thrown: unknown, io: Io): ExitCode {
  const error = inFlags(toAppError(thrown))
  if (io.json) io.note(JSON.stringify({ error: asJson(error) }))
  else io.note(inWords(error, io))
  return codes[error.code] ?? exitCodes.error
}

function asJson({ code, message, place, mend }: AppError) {
  return { code, message, ...(place ? { place } : {}), ...(mend ? { mend } : {}) }
}

function inWords(error: AppError, io: Io): string {
  const lines = [`${io.paintNote('red', 'error:')} ${error.message}`]
  if (error.place && !error.message.includes(error.place)) lines.push(`  where: ${error.place}`)
  if (error.mend) lines.push(`  mend:  ${asTyped(error.mend)}`)
  if (isFault(error)) lines.push(...insides(error))
  return lines.join('\n')
}

/** What was foreseen has a code of its own, a mend, or passes by itself. */
function isFault({ code, mend, transient }: AppError): boolean {
  return code === 'internal' && mend === undefined && !transient
}

/** An error that nobody foresaw: where in the program it came from helps whoever mends it. */
function insides(error: AppError): string[] {
  const cause = error.cause instanceof Error ? error.cause : error
  const frames = (cause.stack ?? '').split('\n').slice(1, 4)
  return [...frames, `  This is a fault of DevPilot itself; ${say('doctor')} checks this machine.`]
}
