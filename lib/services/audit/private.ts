import type { auditLog } from '@/drizzle/schema'
import type { ServiceContext } from '../context'

/** What is done with accounts, keys, sessions and kept views, whose lists are their owner's and the admins'. */
const personal = /^(user|key|session|view)\./

type Entry = Pick<typeof auditLog.$inferSelect, 'actor' | 'action' | 'data'>

/**
 * What the caller may know of an entry's data: of what concerns an account only admins and whoever did it, in a browser,
 * see more than that it was done. A key sees no more than its scopes, whoever made it.
 */
export function dataFor(ctx: ServiceContext, { actor, action, data }: Entry): Entry['data'] {
  if (!personal.test(action) || ctx.grants.includes('admin')) return data
  const own = ctx.key === undefined && actor.kind === 'user' && actor.id === ctx.actor.id
  return own ? data : { withheld: 'for admins' }
}
