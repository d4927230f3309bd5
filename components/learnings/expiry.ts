const DAY_MS = 86_400_000

/** Days until something ends, for a field; empty where it does not end by itself, or has ended. `now` in ms. */
export function daysLeft(expiresAt: string | null, now: number): string {
  const left = expiresAt === null ? 0 : Date.parse(expiresAt) - now
  return left > 0 ? String(Math.ceil(left / DAY_MS)) : ''
}

/** What of the field is sent: nothing unless it was changed, so that saving a text moves no end. */
export function endChange(typed: string, before: string): { readonly expiresInDays?: number | null } {
  const days = typed.trim()
  if (days === before) return {}
  return { expiresInDays: days === '' ? null : Number(days) }
}
