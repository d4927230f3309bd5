import { owner, type Runtime } from '@/lib/runtime'
import { accessLevels, type ServiceContext } from '@/lib/services/context'
import { findOwner } from '@/lib/services/users/people'

/**
 * The context of a command in this very process. Who may start it on this machine can read its token and its database:
 * such a person may do everything, whatever became of the account `owner`.
 */
export async function localContext(runtime: Runtime): Promise<ServiceContext> {
  const known = await findOwner(runtime.database.db)
  return {
    ...runtime.context(owner('cli'), accessLevels, { singleUser: known?.alone ?? false }),
    local: true,
  }
}
