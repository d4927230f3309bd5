import { randomBytes } from 'node:crypto'
import { and, eq, gt, isNull, type SQL, sql } from 'drizzle-orm'
import { invitations } from '@/drizzle/schema'
import { type Db, sha256, type Tx } from '@/lib/db/client'
import { AppError } from '@/lib/errors'

/** What stands in an invitation's link; only its hash is kept. */
export const newCode = () => randomBytes(24).toString('base64url')

/** SQL: a member's address is still the one that was invited, and nobody deactivated the member since then. */
const memberAsInvited = sql`(${invitations.forUser} is null or exists (select from users member
  where member.id = ${invitations.forUser} and member.email = ${invitations.email}
    and (member.disabled_at is null or member.disabled_at < ${invitations.createdAt})))`

/** SQL: whether an invitation can still be used. It is worth what its maker is: nothing once that is no admin. */
export const usable = () =>
  and(
    isNull(invitations.usedAt),
    isNull(invitations.revokedAt),
    gt(invitations.expiresAt, sql`now()`),
    sql`exists (select from users maker
      where maker.id = ${invitations.createdBy} and maker.role = 'admin' and maker.disabled_at is null)`,
    memberAsInvited,
  )

const open = (code: string) => and(eq(invitations.hash, sha256(code)), usable())

const shown = {
  id: invitations.id,
  role: invitations.role,
  email: invitations.email,
  forUser: invitations.forUser,
  by: invitations.createdBy,
}

/** The invitation behind a code that can still be used; null for every other code. @param db as `auth` */
export async function findInvitation(db: Db, code: string) {
  const [row] = await db.select(shown).from(invitations).where(open(code))
  return row ?? null
}

/**
 * Uses the invitation of a newcomer up, once: of two that come together one finds it gone.
 * @throws AppError('not_found')
 */
export const takeInvitation = (tx: Tx, code: string, userId: string) =>
  take(tx, userId, and(open(code), isNull(invitations.forUser)))

/** As `takeInvitation`, of one that was made for this very member. */
export const takePasswordLink = (tx: Tx, code: string, userId: string) =>
  take(tx, userId, and(open(code), eq(invitations.forUser, userId)))

async function take(tx: Tx, userId: string, which: SQL | undefined) {
  const [row] = await tx
    .update(invitations)
    .set({ usedAt: sql`now()`, usedBy: userId })
    .where(which)
    .returning(shown)
  if (row) return row
  throw invitationGone()
}

/** Ends those that are open for a member who has a new password: whoever has one would set the next. */
export async function takeBackPasswordLinks(tx: Tx, member: string): Promise<void> {
  await tx
    .update(invitations)
    .set({ revokedAt: sql`now()` })
    .where(and(eq(invitations.forUser, member), isNull(invitations.usedAt), isNull(invitations.revokedAt)))
}

export const invitationGone = () =>
  new AppError('not_found', 'This invitation was used, taken back or has expired.', {
    mend: 'Ask whoever invited you for another link.',
  })
