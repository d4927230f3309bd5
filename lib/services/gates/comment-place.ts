import { parsePatch } from '@/lib/core/diff'
import { findLine, type LinePlace } from '@/lib/core/diff-place'
import { AppError } from '@/lib/errors'
import type { ServiceContext } from '../context'
import { gateDiff } from './diff'

/** So many stretches of lines are named in an error. */
const NAMED = 5

/**
 * The line that a comment is about, as the gate's stored diff has it.
 * @throws AppError('bad_request') that names the path or the line which the diff does not have
 */
export async function placeIn(ctx: ServiceContext, gate: string, asked: LinePlace): Promise<LinePlace> {
  const place = findLine(parsePatch(await gateDiff({ ctx, input: { gate } })), asked)
  if (place.found) return place.found
  const { path, side, line } = asked
  if (place.has === null) {
    throw new AppError('bad_request', `place.path: the diff of this gate has no file ${path}.`, {
      place: 'place.path',
      mend: 'Name a file as the diff does; a renamed one has its new name.',
    })
  }
  const stretches = place.has.slice(0, NAMED).map(([first, last]) => `${first}–${last}`)
  const more = place.has.length > NAMED ? ', …' : ''
  throw new AppError(
    'bad_request',
    `place.line: the diff has no line ${line} on the ${side} side of ${path}.`,
    {
      place: 'place.line',
      mend:
        stretches.length === 0
          ? `It shows no line of that side. Comment on another, or on the gate as a whole.`
          : `It shows lines ${stretches.join(', ')}${more} there.`,
    },
  )
}
