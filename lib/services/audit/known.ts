import { authorise } from '../authorise'
import type { ServiceContext } from '../context'
import { auditActions } from './actions'

/** The actions that the log holds, in their order, to filter by. */
export async function knownActions({ ctx }: { ctx: ServiceContext }): Promise<string[]> {
  authorise(ctx, 'read')
  return auditActions(ctx.db)
}
