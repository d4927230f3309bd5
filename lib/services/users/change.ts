import { and, asc, eq, isNull, or, sql } from 'drizzle-orm'
import { z } from 'zod'
import { users } from '@/drizzle/schema'
import { type RoleName, roleNames } from '@/lib/core/access'
import { appendAudit } from '@/lib/db/audit'
import type { Tx } from '@/lib/db/client'
import { AppError } from '@/lib/errors'
import { authorise } from '../authorise'
import type { ServiceContext } from '../context'
import { parseInput } from '../parse'
import { endAllOf } from '../sessions/end'

export const changeRoleInput = z.strictObject({ user: z.string().min(1).max(100), role: z.enum(roleNames) })

/** Gives a member another role; it holds from the next request on, for the member's keys, too. */
export async function changeRole({
  ctx,
  input,
}: {
  ctx: ServiceContext
  input: z.input<typeof changeRoleInput>
}): Promise<void> {
  authorise(ctx, 'admin')
  const { user, role } = parseInput(changeRoleInput, input)
  await ctx.db.transaction(async (tx) => {
    const before = await holdMember(tx, user)
    if (before.role === role) return
    if (role !== 'admin') assertOtherAdmin(before)
    await tx.update(users).set({ role }).where(eq(users.id, user))
    const data = { user, name: before.name, was: before.role, is: role }
    await appendAudit(tx, { runId: null, actor: ctx.actor, action: 'user.role_changed', data })
  })
}

export const setActiveInput = z.strictObject({ user: z.string().min(1).max(100), active: z.boolean() })

/**
 * Deactivates a member, whose sessions end and whose keys open nothing, or lets the member in again. What the member
 * did stays on record.
 */
export async function setActive({
  ctx,
  input,
}: {
  ctx: ServiceContext
  input: z.input<typeof setActiveInput>
}): Promise<void> {
  authorise(ctx, 'admin')
  const { user, active } = parseInput(setActiveInput, input)
  await ctx.db.transaction(async (tx) => {
    const before = await holdMember(tx, user)
    if ((before.disabledAt === null) === active) return
    if (!active) {
      assertOtherAdmin(before)
      await endAllOf(tx, user)
    }
    await tx
      .update(users)
      .set({ disabledAt: active ? null : sql`now()` })
      .where(eq(users.id, user))
    const action = active ? 'user.activated' : 'user.deactivated'
    await appendAudit(tx, { runId: null, actor: ctx.actor, action, data: { user, name: before.name } })
  })
}

interface Held {
  readonly name: string
  readonly role: RoleName
  readonly disabledAt: Date | null
  readonly otherAdmins: number
}

/**
 * Holds a member and all active admins until the transaction ends, in one order: of two who take each other away one
 * finds himself the last, and neither waits for the other in a circle.
 */
async function holdMember(tx: Tx, id: string): Promise<Held> {
  const rows = await tx
    .select({ id: users.id, name: users.name, role: users.role, disabledAt: users.disabledAt })
    .from(users)
    .where(or(eq(users.id, id), and(eq(users.role, 'admin'), isNull(users.disabledAt))))
    .orderBy(asc(users.id))
    .for('update')
  const member = rows.find((row) => row.id === id)
  if (member) return { ...member, otherAdmins: rows.length - 1 }
  throw new AppError('not_found', 'There is no such member.')
}

/** @throws AppError('conflict') */
function assertOtherAdmin({ otherAdmins }: Held): void {
  if (otherAdmins > 0) return
  throw new AppError('conflict', 'This is the last admin.', {
    mend: 'Make somebody else an admin first.',
  })
}
