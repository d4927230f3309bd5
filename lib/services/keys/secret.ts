import { randomBytes } from 'node:crypto'

/** `dp_<prefix>_<secret>`: the prefix tells keys apart in lists and logs, the secret is 32 random bytes. */
const FORM = /^dp_([0-9a-f]{10})_([A-Za-z0-9_-]{43})$/

export function newKey(): { readonly key: string; readonly prefix: string } {
  const prefix = randomBytes(5).toString('hex')
  return { key: `dp_${prefix}_${randomBytes(32).toString('base64url')}`, prefix }
}

/** The prefix of what looks like a key; null for all else. */
export function prefixOf(text: string): string | null {
  return FORM.exec(text)?.[1] ?? null
}

/** Whether somebody meant it for a key, well formed or not. */
export const looksLikeKey = (text: string) => text.startsWith('dp_')
