import { authorise } from '../authorise'
import type { ServiceContext } from '../context'
import { auditActions } from './actions'
import { auditActors, type KnownActor } from './actors'

/** The actions that the log holds, in their order, to filter by. */
export async function knownActions({ ctx }: { ctx: ServiceContext }): Promise<string[]> {
  authorise(ctx, 'read')
  return auditActions(ctx.db)
}

/** Everybody whom the log holds, to filter by. */
export async function knownActors({ ctx }: { ctx: ServiceContext }): Promise<KnownActor[]> {
  authorise(ctx, 'read')
  return auditActors(ctx.db)
}
