import { createHash } from 'node:crypto'
import { v7 } from 'uuid'

/** A UUIDv7: ordered by the time it was made. */
export function newId(): string {
  return v7()
}

/** The UUIDv7 of this text at this time: the same each time that it is asked for. */
export function idOf(text: string, at: Date): string {
  return v7({ msecs: at.getTime(), random: createHash('sha256').update(text).digest() })
}
