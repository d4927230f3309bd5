import { createHash } from 'node:crypto'

/** SHA-256 in hex: what an intent says of a text that is too long for it. */
export function digest(text: string): string {
  return createHash('sha256').update(text).digest('hex')
}
