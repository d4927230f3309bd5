import { AppError } from '@/lib/errors'
import type { Access, ServiceContext } from './context'

/**
 * The first line of every service.
 * @throws AppError('forbidden') when the caller does not hold this access.
 */
export function authorise(ctx: ServiceContext, access: Access): void {
  if (access === 'public' || ctx.grants.includes(access)) return
  throw new AppError('forbidden', `${ctx.actor.name} may not do this: it needs "${access}" access.`, {
    mend: 'Ask somebody who may, or sign in with another key.',
  })
}
