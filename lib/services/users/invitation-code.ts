import { randomBytes } from 'node:crypto'
import { and, eq, gt, isNull, sql } from 'drizzle-orm'
import { invitations } from '@/drizzle/schema'
import { type Db, sha256, type Tx } from '@/lib/db/client'
import { AppError } from '@/lib/errors'

/** What stands in an invitation's link; only its hash is kept. */
export const newCode = () => randomBytes(24).toString('base64url')

/** SQL: whether an invitation can still be used. It is worth what its maker is: nothing once that is no admin. */
export const usable = () =>
  and(
    isNull(invitations.usedAt),
    isNull(invitations.revokedAt),
    gt(invitations.expiresAt, sql`now()`),
    sql`exists (select from users maker
      where maker.id = ${invitations.createdBy} and maker.role = 'admin' and maker.disabled_at is null)`,
  )

const open = (code: string) => and(eq(invitations.hash, sha256(code)), usable())

const shown = {
  id: invitations.id,
  role: invitations.role,
  email: invitations.email,
  by: invitations.createdBy,
}

/** The invitation behind a code that can still be used; null for every other code. @param db as `auth` */
export async function findInvitation(db: Db, code: string) {
  const [row] = await db.select(shown).from(invitations).where(open(code))
  return row ?? null
}

/**
 * Uses an invitation up, once: of two that come together one finds it gone.
 * @throws AppError('not_found')
 */
export async function takeInvitation(tx: Tx, code: string, userId: string) {
  const [row] = await tx
    .update(invitations)
    .set({ usedAt: sql`now()`, usedBy: userId })
    .where(open(code))
    .returning(shown)
  if (row) return row
  throw new AppError('not_found', 'This invitation was used, taken back or has expired.', {
    mend: 'Ask whoever invited you for another link.',
  })
}
