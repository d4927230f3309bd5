import { v7 } from 'uuid'

/** A UUIDv7: ordered by the time it was made. */
export function newId(): string {
  return v7()
}
