import { type Moment, parseMoment } from '@/lib/core/run-filters'
import { AppError } from '@/lib/errors'

/**
 * What a flag such as --since says of time.
 * @param end a day means its end, not its beginning
 * @throws AppError('bad_request') that names the flag
 */
export function momentOf(flag: string, text: string, end = false): Moment {
  const moment = parseMoment(text.trim(), end)
  if (moment !== null) return moment
  throw new AppError('bad_request', `${flag}: "${text}" is no day, time or span.`, {
    place: flag,
    mend: 'Say 24h, 7d, 2026-11-03 or 2026-11-03T10:00:00Z.',
  })
}

/** As `momentOf`, as a point in time: a span is counted back from now. */
export function timeOf(flag: string, text: string, end = false): string {
  const moment = momentOf(flag, text, end)
  return ('at' in moment ? moment.at : new Date(Date.now() - moment.agoMs)).toISOString()
}
